# CDNOW purchases and telco churn (../shared/data, not kept here) by R: BG/NBD and Gamma-Gamma by optim, hold-out by frequency, survival.
# Only figures are printed. Rscript tests/oracles/customers.R ../shared/data > tests/oracles/customers.json
library(survival)
library(jsonlite)
folder <- commandArgs(TRUE)[1]

buy <- read.table(gzfile(file.path(folder, "cdnow-purchases", "CDNOW_sample.txt.gz")), colClasses = c("character", "character", "character", "numeric", "numeric"))
names(buy) <- c("master", "id", "date", "cds", "value")
buy$date <- as.Date(buy$date, "%Y%m%d")
end <- as.Date("1997-09-30")
days <- aggregate(value ~ id + date, buy, sum)                     # a day with several purchases counts once
first <- tapply(as.numeric(days$date), days$id, min)
days$first <- first[days$id]
past <- days[days$date <= end, ]
ids <- names(first)
again <- past[as.numeric(past$date) > past$first, ]
x <- as.vector(table(factor(again$id, ids)))
last <- tapply(as.numeric(past$date), factor(past$id, ids), max)
tx <- as.vector(last - first) / 7; T <- as.vector(as.numeric(end) - first) / 7
m <- as.vector(tapply(again$value, factor(again$id, ids), mean)); m[is.na(m)] <- 0
later <- days[days$date > end & days$date <= end + 273, ]
actual <- as.vector(table(factor(later$id, ids)))

climb <- function(ll, start) {
  for (k in 1:3) {
    f <- optim(start, ll, method = "BFGS", control = list(fnscale = -1, maxit = 2000, reltol = 1e-15, ndeps = rep(10^-(2 + k), length(start))))
    start <- f$par
  }
  f
}
bg <- climb(function(lp) {
  q <- exp(lp); r <- q[1]; al <- q[2]; a <- q[3]; b <- q[4]
  sum(lgamma(r + x) - lgamma(r) + r * log(al) + lbeta(a, b + x) - lbeta(a, b) +
      log((al + T)^-(r + x) + ifelse(x > 0, a / (b + x - 1) * (al + tx)^-(r + x), 0)))
}, log(c(.5, 5, .5, 2)))
q <- exp(bg$par)
more <- function(t) {   # E[Y(t)] by integrating over the probability to stop, in place of 2F1
  e <- mapply(function(x, T) {
    s <- t / (q[2] + T); R <- q[1] + x
    integrate(function(p) (1 - (1 + p * s)^-R) / p * dbeta(p, q[3], q[4] + x), 0, 1, rel.tol = 1e-10)$value
  }, x, T)
  e / (1 + ifelse(x > 0, q[3] / (q[4] + x - 1) * ((q[2] + T) / (q[2] + tx))^(q[1] + x), 0))
}
predicted <- more(39)
bin <- pmin(x, 7)
some <- x > 0 & m > 0
gg <- climb(function(lp) {
  k <- exp(lp); p <- k[1]; q <- k[2]; v <- k[3]; x <- x[some]; m <- m[some]
  sum(lgamma(p * x + q) - lgamma(p * x) - lgamma(q) + q * log(v) + (p * x - 1) * log(m) + p * x * log(x) - (p * x + q) * log(x * m + v))
}, log(c(3, 3, 30)))
k <- exp(gg$par)
each <- ifelse(some, k[1] * (k[3] + x * m) / (k[1] * x + k[2] - 1), k[1] * k[3] / (k[2] - 1))
by_period <- cbind(0, sapply(1:13, function(n) more(4 * n)))       # thirteen periods of four weeks
clv <- rowSums(sweep(t(apply(by_period, 1, diff)), 2, 1.01^-(1:13), "*")) * each * .3
ct <- cor.test(x[some], m[some])
cdnow <- list(customers = length(x), repeats = sum(x), repeat_customers = sum(some), parameters = q, log_likelihood = bg$value,
  spending = k, spending_log_likelihood = gg$value, mean_value_all = mean(each), mean_value_seen = mean(m[some]),
  correlation = c(unname(ct$estimate), ct$conf.int), holdout = list(customers = as.vector(table(bin)), predicted = as.vector(tapply(predicted, bin, mean)),
  actual = as.vector(tapply(actual, bin, mean)), total = c(mean(predicted), mean(actual))), mean_clv = mean(clv))

t <- read.csv(file.path(folder, "ibm-telco-churn", "Telco-Customer-Churn.csv"))
t$left <- as.integer(t$Churn == "Yes"); t$paperless <- as.integer(t$PaperlessBilling == "Yes")
s <- summary(survfit(Surv(tenure, left) ~ 1, t, conf.type = "log-log"), times = c(0, 1, 12, 24, 48, 72))
month <- subset(t, Contract == "Month-to-month")
two <- function(v, ties) { m <- summary(coxph(as.formula(paste("Surv(tenure, left) ~", v)), t, ties = ties)); c(m$coefficients[, c(1, 3)]) }
d <- survdiff(Surv(tenure, left) ~ Contract, t); e <- survdiff(Surv(tenure, left) ~ paperless, t)
w <- prop.test(sum(t$left), nrow(t), correct = FALSE)$conf.int
telco <- list(customers = nrow(t), left = sum(t$left), wilson = as.vector(w), at = s$time, survival = s$surv, se = s$std.err, lower = s$lower, upper = s$upper,
  rmst_60 = summary(survfit(Surv(tenure, left) ~ 1, t), rmean = 60)$table[["rmean"]],
  median_monthly = unname(summary(survfit(Surv(tenure, left) ~ 1, month))$table[["median"]]),
  log_rank_contract = c(d$chisq, length(d$n) - 1), log_rank_paperless = e$chisq,
  senior_efron = two("SeniorCitizen", "efron"), senior_breslow = two("SeniorCitizen", "breslow"), paperless_efron = two("paperless", "efron"))
cat(toJSON(list(computed_with = paste("R", getRversion(), "survival", packageVersion("survival")), cdnow = cdnow, telco = telco),
           digits = I(12), auto_unbox = TRUE, na = "null", pretty = TRUE), "\n")
