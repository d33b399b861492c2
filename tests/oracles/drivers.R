# Drivers with survey weights and with people who answer more than once, as R answers them. Prints JSON.
# Debian: r-base-core r-cran-sandwich r-cran-jsonlite. Run: Rscript tests/oracles/drivers.R > tests/oracles/drivers.json
suppressMessages(library(sandwich))
explained <- function(y, X, w) if (ncol(X)) summary(lm(y ~ as.matrix(X), weights = w))$r.squared else 0
shapley <- function(y, X, w) {
  p <- ncol(X); gains <- setNames(numeric(p), names(X))
  for (mask in 0:(2^p - 1)) {
    inside <- which(bitwAnd(mask, 2^(0:(p - 1))) > 0)
    for (j in setdiff(1:p, inside)) {
      share <- factorial(length(inside)) * factorial(p - length(inside) - 1) / factorial(p)
      gains[j] <- gains[j] + share * (explained(y, X[, c(inside, j), drop = FALSE], w) - explained(y, X[, inside, drop = FALSE], w))
    }
  }
  gains
}
one <- function(y, X, w, people) {
  fit <- lm(y ~ ., data = X, weights = w); b <- coef(fit)[-1]
  se <- sqrt(diag(vcovCL(fit, cluster = people, type = "HC1", cadjust = TRUE)))[-1]
  freedom <- length(unique(people)) - 1; p <- 2 * pt(-abs(b / se), freedom)
  list(outcome = y, predictors = as.list(X), weights = w, people = people,
       importance = as.list(shapley(y, X, w)), r_squared = summary(fit)$r.squared, correlation = as.list(cov.wt(cbind(y, X), w, cor = TRUE)$cor[1, -1]),
       slope = as.list(b), error = as.list(setNames(se, names(b))), low = as.list(b - qt(.975, freedom) * se),
       high = as.list(b + qt(.975, freedom) * se), p = as.list(p), p_holm = as.list(setNames(p.adjust(p, "holm"), names(b))))
}
cases <- list(
  one(attitude$rating, attitude[, c("complaints", "learning", "raises")], rep(1, 30), 1:30),
  one(attitude$rating, attitude[, c("complaints", "learning", "raises")], rep(c(.4, 1, 2.5, 1.3, .8), 6), 1:30),
  one(attitude$rating, attitude[, c("complaints", "learning", "raises", "critical")], rep(1, 30), rep(1:12, length.out = 30)),
  one(mtcars$mpg, mtcars[, c("cyl", "hp", "wt")], rep(c(.5, 2), 16), rep(1:10, length.out = 32)))
cat(jsonlite::toJSON(list(made_by = paste0(R.version.string, "; sandwich ", packageVersion("sandwich")), cases = cases),
                     auto_unbox = TRUE, digits = NA), "\n")
