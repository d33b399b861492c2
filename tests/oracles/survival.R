# What R's package survival says of small made-up data sets: curves, restricted means, log-rank tests, Cox models, tests of proportionality.
# Rscript tests/oracles/survival.R > tests/oracles/survival.json
library(survival)
library(jsonlite)

sets <- list(
  aml = list(time = aml$time, status = aml$status, x = as.integer(aml$x) - 1),
  ties = list(time = c(2, 2, 2, 3, 3, 3, 3, 5, 5, 5, 6, 6, 7, 7, 7, 8), status = c(1, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0),
              x = c(1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0)),
  at_once = list(time = c(4, 4, 4, 4, 4, 9), status = c(1, 1, 1, 1, 1, 0), x = c(1, 1, 1, 0, 0, 0)),
  unordered = list(time = c(9.5, 0, 3.25, 12, 7, 1, 3.25, 20, 0.5), status = c(1, 1, 1, 0, 1, 0, 1, 1, 1), x = c(0, 1, 1, 0, 0, 1, 0, 0, 1)),
  lung = with(lung, list(time = time, status = status - 1, x = sex - 1)),
  number = with(veteran, list(time = time, status = status, x = karno))
)

curve <- function(d, at) {
  one <- function(kind) summary(survfit(Surv(d$time, d$status) ~ 1, conf.type = kind), times = at)
  loglog <- one("log-log"); log <- one("log")
  list(at = loglog$time, survival = loglog$surv, se = loglog$std.err, loglog_lower = loglog$lower, loglog_upper = loglog$upper,
       log_lower = log$lower, log_upper = log$upper)
}
cox <- function(d, ties) {
  m <- suppressWarnings(coxph(Surv(d$time, d$status) ~ d$x, ties = ties, control = coxph.control(eps = 1e-12, iter.max = 100)))
  s <- summary(m)
  list(coef = unname(coef(m)), se = s$coefficients[, "se(coef)"], p = s$coefficients[, "Pr(>|z|)"], log_likelihood = m$loglik[2],
       lower = s$conf.int[, "lower .95"], upper = s$conf.int[, "upper .95"], proportional = tryCatch(unname(cox.zph(m)$table[1, "p"]), error = function(e) NA))
}
found <- lapply(sets, function(d) {
  test <- survdiff(Surv(d$time, d$status) ~ d$x)
  tau <- quantile(d$time, .7, names = FALSE)
  mean <- summary(survfit(Surv(d$time, d$status) ~ 1), rmean = tau)$table
  list(input = d, curve = curve(d, sort(unique(d$time))), tau = tau, rmst = mean[["rmean"]], rmst_se = mean[["se(rmean)"]],
       log_rank = list(chi2 = test$chisq, df = length(test$n) - 1, expected = test$exp), efron = cox(d, "efron"), breslow = cox(d, "breslow"))
})
k <- survdiff(Surv(time, status) ~ celltype, data = veteran)
cells <- with(veteran, list(time = time, status = status, group = as.character(celltype), chi2 = k$chisq, df = length(k$n) - 1))
out <- list(computed_with = paste("R", getRversion(), "survival", packageVersion("survival")), sets = found, four_groups = cells)
cat(toJSON(out, digits = I(13), auto_unbox = TRUE, na = "null"), "\n")
