# Weighted means, post-stratified and raked weights as R's survey package answers them, on numbers written here. Prints JSON.
# Debian: r-base-core r-cran-survey r-cran-jsonlite. Run: Rscript tests/oracles/weights.R > tests/oracles/weights.json
suppressMessages(library(survey))
person <- c(1, 1, 1, 2, 2, 3, 4, 4, 5, 6, 6, 6, 6, 7, 8, 8, 9, 10, 11, 12)
value <- c(5, 4, 5, 2, 3, 1, 4, 4, 3, 5, 5, 4, 2, 1, 2, 4, 5, 3, 2, 4)
weight <- c(1.2, 1.2, 1.2, 0.5, 0.5, 2, 1, 1, 0.8, 0.6, 0.6, 0.6, 0.6, 3, 1.1, 1.1, 0.9, 1.4, 0.7, 1.3)
age <- c("y", "y", "y", "o", "o", "o", "y", "y", "m", "y", "y", "y", "y", "o", "m", "m", "m", "y", "o", "m")
place <- c("n", "n", "n", "s", "s", "n", "s", "s", "n", "s", "s", "s", "s", "s", "n", "n", "s", "n", "n", "s")
rows <- data.frame(person, value, weight, age, place, top = as.numeric(value >= 4), one = 1)
told <- function(design, what) { m <- svymean(as.formula(paste0("~", what)), design); c(coef(m)[[1]], SE(m)[[1]]) }
clustered <- svydesign(ids = ~person, weights = ~weight, data = rows)
flat <- svydesign(ids = ~1, weights = ~weight, data = rows)
equal <- svydesign(ids = ~person, weights = ~one, data = rows)
ages <- data.frame(age = c("m", "o", "y"), Freq = c(6, 8, 6)); places <- data.frame(place = c("n", "s"), Freq = c(11, 9))
post <- postStratify(equal, ~age, ages)
raked <- rake(equal, list(~age, ~place), list(ages, places), control = list(maxit = 500, epsilon = 1e-12))
raked_own <- rake(clustered, list(~age, ~place), list(ages, places), control = list(maxit = 500, epsilon = 1e-12))
# Two thousand people by a rule that tests repeat: i = 1 ... 2000.
i <- 1:2000
many <- data.frame(value = (i * 7919) %% 101 / 10 + 3 * (i %% 3 == 0) + 2 * (i %% 7 < 2), weight = 1 + (i * 31) %% 17 / 8,
                   age = as.character(i %% 3), place = as.character(i %% 7 < 2))
many_design <- svydesign(ids = ~1, weights = ~weight, data = many)
to_age <- ~age; to_place <- ~place
many_raked <- rake(many_design, list(to_age, to_place), list(data.frame(age = c("0", "1", "2"), Freq = c(1000, 600, 400)),
                   data.frame(place = c("FALSE", "TRUE"), Freq = c(1300, 700))), control = list(maxit = 500, epsilon = 1e-12))
cat(jsonlite::toJSON(list(
  made_by = paste(R.version.string, "survey", packageVersion("survey")), rows = rows,
  clustered = told(clustered, "value"), clustered_top = told(clustered, "top"), flat = told(flat, "value"),
  equal = told(equal, "value"), post_weights = unname(weights(post)), post = told(post, "value"),
  raked_weights = unname(weights(raked)), raked = told(raked, "value"),
  raked_own_weights = unname(weights(raked_own)), raked_own = told(raked_own, "value"),
  many = told(many_design, "value"), many_raked = told(many_raked, "value")),
  digits = 15, auto_unbox = TRUE))
