# BG/NBD, Gamma-Gamma and shifted-beta-geometric fitted by R's optim, the likelihoods written as the papers print them (lgamma, lbeta),
# on customers simulated here. Rscript tests/oracles/clv.R > tests/oracles/clv.json
library(jsonlite)
set.seed(20050302)

simulate <- function(n, r, alpha, a, b, until) {
  lambda <- rgamma(n, r, alpha); p <- rbeta(n, a, b); T <- round(runif(n, until / 2, until), 2)
  t(mapply(function(l, p, T) {
    x <- 0; last <- 0; now <- rexp(1, l)
    while (now <= T) { x <- x + 1; last <- now; if (runif(1) < p) break; now <- now + rexp(1, l) }
    c(x, min(round(last, 2), T), T)
  }, lambda, p, T))
}
bgnbd <- function(d) {
  x <- d[, 1]; tx <- d[, 2]; T <- d[, 3]
  ll <- function(lp) {
    q <- exp(lp); r <- q[1]; al <- q[2]; a <- q[3]; b <- q[4]
    dead <- ifelse(x > 0, a / (b + x - 1) * (al + tx)^-(r + x), 0)
    sum(lgamma(r + x) - lgamma(r) + r * log(al) + lbeta(a, b + x) - lbeta(a, b) + log((al + T)^-(r + x) + dead))
  }
  fit <- optim(log(c(.5, 5, .5, 2)), ll, method = "BFGS", control = list(fnscale = -1, maxit = 1000, reltol = 1e-15))
  fit <- optim(fit$par, ll, method = "BFGS", control = list(fnscale = -1, maxit = 1000, reltol = 1e-15, ndeps = rep(1e-5, 4)))
  list(frequency = x, recency = tx, T = T, parameters = exp(fit$par), log_likelihood = fit$value,
       at_others = ll(log(c(.7, 3, 1.3, .4))))
}
gammagamma <- function(x, p, q, v) {
  nu <- rgamma(length(x), q, v); m <- round(rgamma(length(x), p * x, nu * x), 2)
  ll <- function(lp) {
    k <- exp(lp); p <- k[1]; q <- k[2]; v <- k[3]
    sum(lgamma(p * x + q) - lgamma(p * x) - lgamma(q) + q * log(v) + (p * x - 1) * log(m) + p * x * log(x) - (p * x + q) * log(x * m + v))
  }
  fit <- optim(log(c(3, 3, mean(m))), ll, method = "BFGS", control = list(fnscale = -1, maxit = 1000, reltol = 1e-15))
  fit <- optim(fit$par, ll, method = "BFGS", control = list(fnscale = -1, maxit = 1000, reltol = 1e-15, ndeps = rep(1e-5, 3)))
  list(frequency = x, monetary_value = m, parameters = exp(fit$par), log_likelihood = fit$value)
}
sbg <- function(left) {
  n <- length(left) - 1; lost <- -diff(left)
  ll <- function(lp) {
    a <- exp(lp[1]); b <- exp(lp[2]); t <- 1:n
    sum(lost * (lbeta(a + 1, b + t - 1) - lbeta(a, b))) + left[n + 1] * (lbeta(a, b + n) - lbeta(a, b))
  }
  fit <- optim(c(0, 0), ll, method = "BFGS", control = list(fnscale = -1, maxit = 1000, reltol = 1e-15))
  fit <- optim(fit$par, ll, method = "BFGS", control = list(fnscale = -1, maxit = 1000, reltol = 1e-15, ndeps = rep(1e-6, 2)))
  q <- exp(fit$par)
  list(customers_remaining = left, parameters = q, log_likelihood = fit$value,
       projected_survival_next = exp(lbeta(q[1], q[2] + n + 1) - lbeta(q[1], q[2])))
}
weeks <- simulate(320, .6, 6, .8, 2.5, 60); days <- simulate(150, 1.4, 90, .5, 1.2, 365)
often <- weeks[weeks[, 1] > 0, 1]
out <- list(computed_with = paste("R", getRversion(), "optim"), bgnbd = list(bgnbd(weeks), bgnbd(days)),
            gamma_gamma = list(gammagamma(often, 6, 4, 15), gammagamma(rep(1:3, 40), 1.5, 2.5, 3000)),
            # Fader & Hardie 2007, table 1: Regular and High End.
            sbg = list(sbg(c(1000, 631, 468, 382, 326, 289, 262, 241)), sbg(c(1000, 869, 743, 653, 593, 551, 517, 491)),
                       sbg(c(57, 40, 31, 31, 27))))
cat(toJSON(out, digits = I(12), auto_unbox = TRUE), "\n")
