# Models and agreement as R and its packages answer them, on data written here or shipped with R. Prints JSON.
# Debian: r-base-core r-cran-sandwich r-cran-psych r-cran-metafor r-cran-jsonlite. Run: Rscript tests/oracles/causes.R > tests/oracles/causes.json
suppressMessages({library(sandwich); library(psych); library(metafor)})
vectors <- list()
add <- function(procedure, by, input, expected)
  vectors[[length(vectors) + 1]] <<- list(procedure = procedure, by = by, input = input, expected = expected)
rows <- function(m) lapply(seq_len(nrow(m)), function(i) as.vector(m[i, ]))

# --- agreement -------------------------------------------------------------------------------------------------------------------
kappas <- list(
  matrix(c(20, 5, 0, 10, 15, 3, 1, 4, 42), 3, byrow = TRUE),
  matrix(c(45, 15, 25, 15), 2, byrow = TRUE),
  matrix(c(12, 0, 3, 0, 0, 0, 4, 0, 9), 3, byrow = TRUE),          # a category that neither rater used
  matrix(c(1, 9, 8, 2), 2, byrow = TRUE),                          # worse than chance
  matrix(c(9, 2, 0, 1, 3, 11, 4, 0, 1, 2, 8, 3, 0, 0, 5, 12), 4, byrow = TRUE))
for (m in kappas) {
  k <- nrow(m)
  w <- 1 - outer(1:k, 1:k, function(i, j) (i - j)^2) / (k - 1)^2
  found <- suppressWarnings(cohen.kappa(m, w = w))
  add("cohen_kappa", "psych::cohen.kappa", list(confusion_matrix = rows(m)),
      list(kappa = found$kappa, weighted_kappa_quadratic = found$weighted.kappa))
}
set.seed(4)
scale <- matrix(pmin(7, pmax(1, round(4 + rep(rnorm(12, 0, 1.3), 5) + rnorm(60)))), 12)
for (m in list(scale, scale[3:7, ], cbind(scale[, 1:2], 8 - scale[, 3]))) {
  found <- suppressWarnings(suppressMessages(psych::alpha(m, check.keys = FALSE, warnings = FALSE)))
  add("cronbach_alpha", "psych::alpha", list(respondents = rows(m)), list(cronbach_alpha = found$total$raw_alpha))
}
shrout <- matrix(c(9,2,5,8, 6,1,3,2, 8,4,6,8, 7,1,2,6, 10,5,6,9, 6,2,4,7), ncol = 4, byrow = TRUE)
for (m in list(shrout, scale, matrix(c(1, 2, 3, 3, 2, 1), ncol = 2), 1000000 + shrout)) {
  found <- suppressWarnings(ICC(m, lmer = FALSE))$results$ICC
  add("icc", "psych::ICC(lmer = FALSE)", list(ratings = rows(m)),
      list(icc_1_1 = found[1], icc_2_1 = found[2], icc_3_1 = found[3]))
}
meta <- list(list(c(4.1, 3.8, 4.4, 3.9), c(.10, .08, .15, .05)), list(c(.2, .21), c(.1, .3)), list(c(10, 40, 25), c(1, 2, 1.5)),
             list(c(3, 3, 3), c(.1, .2, .3)))
for (one in meta) {
  random <- rma(yi = one[[1]], sei = one[[2]], method = "DL"); fixed <- rma(yi = one[[1]], sei = one[[2]], method = "FE")
  add("heterogeneity_between_channels", "metafor::rma", list(estimates = one[[1]], standard_errors = one[[2]]),
      list(Q = random$QE, df = random$k - 1, p = random$QEp, I2 = random$I2, tau2 = random$tau2,
           range = max(one[[1]]) - min(one[[1]]), fixed_mean = as.numeric(fixed$beta)))
}

# --- difference in differences -----------------------------------------------------------------------------------------------------
set.seed(11)
panel <- expand.grid(post = 0:1, unit = 1:9, person = 1:4)
panel$treated <- as.integer(panel$unit > 5)
panel$cluster <- sprintf("store %d", panel$unit)
panel$outcome <- round(50 + rnorm(9, 0, 4)[panel$unit] + 3 * panel$post + 2 * panel$post * panel$treated + rnorm(nrow(panel), 0, 3), 2)
panel <- panel[-c(3, 17, 40), ]
difference <- function(d, clustered) {
  fit <- lm(outcome ~ treated * post, d); k <- "treated:post"
  input <- list(outcome = d$outcome, treated = d$treated, post = d$post)
  expected <- list(did = unname(coef(fit)[k]), se_ols = sqrt(vcov(fit)[k, k]), se_hc1 = sqrt(vcovHC(fit, "HC1")[k, k]))
  if (clustered) {
    input$cluster <- d$cluster
    expected$se_cluster <- sqrt(vcovCL(fit, cluster = d$cluster, type = "HC1", cadjust = TRUE)[k, k])
  }
  add("did_2x2_regression", "lm, sandwich::vcovHC, sandwich::vcovCL(type = HC1)", input, expected)
}
difference(panel, TRUE); difference(panel, FALSE); difference(panel[sample(nrow(panel)), ], TRUE)
difference(panel[panel$unit %in% c(1, 2, 8, 9), ], TRUE)

# --- interrupted time series -------------------------------------------------------------------------------------------------------
segmented <- function(y, first, lags) {
  t <- seq_along(y); D <- as.integer(t >= first)
  fit <- lm(y ~ t + D + I(D * (t - first))); b <- unname(coef(fit))
  add("segmented_regression_newey_west", "lm, sandwich::NeweyWest(prewhite = FALSE, adjust = FALSE)",
      list(series = as.vector(y), first_post_index = first, hac_lags = lags),
      list(intercept = b[1], pre_slope = b[2], level_change = b[3], slope_change = b[4],
           se_hac = unname(sqrt(diag(NeweyWest(fit, lag = lags, prewhite = FALSE, adjust = FALSE)))),
           se_ols = unname(sqrt(diag(vcov(fit))))))
}
segmented(log10(UKDriverDeaths), 170, 12)                      # seat belts: February 1983
segmented(round(as.vector(nottem)[1:40], 1), 21, 3)
segmented(as.vector(Nile), 29, 0)                             # 1899, the first dam at Aswan
segmented(c(3, 5, 4, 6, 9, 8, 11), 5, 1)
steps <- function(counts, exposure, first, pairs) {
  t <- seq_along(counts); D <- as.integer(t >= first); month <- (t - 1) %% 12 + 1
  waves <- lapply(seq_len(pairs), function(k) cbind(sin(2 * pi * k * month / 12), cos(2 * pi * k * month / 12)))
  X <- do.call(cbind, c(list(D, t), waves))
  fit <- glm(counts ~ X + offset(log(exposure)), family = quasipoisson, control = list(epsilon = 1e-13, maxit = 100))
  s <- summary(fit); b <- s$coefficients[2, ]; z <- qnorm(.975)
  add("its_quasi_poisson_step", "glm(family = quasipoisson)",
      list(counts = counts, exposure = exposure, first_post_index = first, harmonic_pairs = pairs),
      list(rate_ratio = unname(exp(b[1])), lower = unname(exp(b[1] - z * b[2])), upper = unname(exp(b[1] + z * b[2])),
           dispersion = s$dispersion))
}
killed <- as.vector(Seatbelts[, "VanKilled"]); km <- as.vector(Seatbelts[, "kms"])
for (pairs in c(0, 1, 3, 5)) steps(killed, km, 170, pairs)
steps(c(0, 2, 0, 1, 0, 3, 0, 0, 1, 0, 2, 1), rep(c(10, 20), 6), 7, 0)
steps(c(4, 0, 3, 9, 2, 6), c(.5, .25, .5, 1, .3, .7), 3, 0)

# --- drivers -------------------------------------------------------------------------------------------------------------------------
explained <- function(y, X) if (ncol(X)) summary(lm(y ~ as.matrix(X)))$r.squared else 0
shapley <- function(y, X) {
  p <- ncol(X); gains <- setNames(numeric(p), names(X))
  for (mask in 0:(2^p - 1)) {
    inside <- which(bitwAnd(mask, 2^(0:(p - 1))) > 0)
    for (j in setdiff(1:p, inside)) {
      weight <- factorial(length(inside)) * factorial(p - length(inside) - 1) / factorial(p)
      gains[j] <- gains[j] + weight * (explained(y, X[, c(inside, j), drop = FALSE]) - explained(y, X[, inside, drop = FALSE]))
    }
  }
  gains
}
johnson <- function(y, X) {
  e <- eigen(cor(X)); L <- e$vectors %*% diag(sqrt(e$values)) %*% t(e$vectors)
  setNames(as.vector(L^2 %*% solve(L, cor(X, y))^2), names(X))
}
drivers <- function(y, X) {
  input <- list(outcome = y, predictors = as.list(X)); r2 <- explained(y, X)
  add("lmg_shapley", "all subsets by lm", input, list(importance = as.list(shapley(y, X)), r_squared = r2))
  add("johnson_relative_weights", "eigen", input, list(raw_weights = as.list(johnson(y, X)), r_squared = r2))
  beta <- coef(lm(scale(y) ~ scale(as.matrix(X))))[-1]
  add("standardized_beta_and_vif", "lm, solve(cor)", input,
      list(standardized_beta = as.list(setNames(beta, names(X))), vif = as.list(setNames(diag(solve(cor(X))), names(X)))))
}
drivers(attitude$rating, attitude[, -1])
drivers(mtcars$mpg, mtcars[, c("cyl", "disp", "hp", "wt")])
drivers(stackloss$stack.loss, stackloss[, 1:3])
drivers(attitude$rating, 1000 + attitude[, c("complaints", "learning")] / 100)

cat(jsonlite::toJSON(list(
  made_by = paste0(R.version.string, "; sandwich ", packageVersion("sandwich"), ", psych ", packageVersion("psych"), ", metafor ",
                   packageVersion("metafor")), vectors = vectors), auto_unbox = TRUE, digits = NA, na = "null"), "\n")
