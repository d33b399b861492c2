# Tests and intervals of differences as R answers them, on numbers written here. Prints JSON.
# Debian: r-base-core r-cran-exactranktests r-cran-jsonlite. Run: Rscript tests/oracles/comparisons.R > tests/oracles/comparisons.json
# `touchpath stats check tests/oracles/comparisons.json` compares.
vectors <- list()
add <- function(procedure, by, input, expected)
  vectors[[length(vectors) + 1]] <<- list(id = sprintf("%s, case %d", procedure, length(vectors) + 1), procedure = procedure, by = by,
    input = input, expected = expected, tolerance = list(abs = 1e-12, rel = 1e-7))

# --- two shares ------------------------------------------------------------------------------------------------------------------
tables <- list(c(33, 40, 25, 42), c(6, 7, 2, 7), c(3, 4, 1, 4), c(0, 12, 5, 9), c(10, 10, 6, 10), c(1, 1, 0, 3), c(4, 9, 4, 9),
               c(50, 1000, 75, 990), c(2, 3000, 9, 2000), c(0, 4, 0, 5), c(4, 4, 5, 5), c(7, 12, 12, 24), c(61, 208, 74, 129))
for (t in tables) {
  of <- list(successes_a = t[1], n_a = t[2], successes_b = t[3], n_b = t[4])
  m <- matrix(c(t[1], t[2] - t[1], t[3], t[4] - t[3]), 2)
  exact <- fisher.test(m)$p.value
  add("fisher_exact_two_sided", "fisher.test", of, list(p = exact))
  found <- suppressWarnings(chisq.test(m, correct = FALSE)); n <- sum(m); least <- min(found$expected)
  chi2 <- unname(found$statistic) * (n - 1) / n
  if (!is.nan(chi2)) {
    p <- pchisq(chi2, 1, lower.tail = FALSE)
    add("n_minus_1_chi_square", "chisq.test, times (N - 1) / N", of, list(chi2 = chi2, p = p, min_expected = least))
  }
  add("auto_two_proportion_test", "chisq.test or fisher.test", of, list(p = if (least >= 1) p else exact, min_expected = least))
}
many <- list(list(c(83, 90, 129, 70), c(86, 93, 136, 82)), list(c(0, 3, 2), c(5, 9, 4)), list(c(12, 20), c(30, 31)))
for (one in many) {
  found <- suppressWarnings(prop.test(one[[1]], one[[2]], correct = FALSE))
  add("k_proportion_chi_square", "prop.test", list(successes = one[[1]], n = one[[2]]),
      list(chi2 = unname(found$statistic), df = unname(found$parameter), p = found$p.value))
}

# --- one share -------------------------------------------------------------------------------------------------------------------
for (one in list(c(8, 9, .7), c(0, 5, .5), c(5, 5, .78), c(120, 150, .75), c(11, 12, 1), c(12, 12, 1), c(3, 4, 0), c(0, 4, 0)))
  add("benchmark_binomial_one_sided", "binom.test, dbinom", list(successes = one[1], n = one[2], benchmark = one[3]),
      list(p_exact = binom.test(one[1], one[2], one[3], alternative = "greater")$p.value,
           p_mid = pbinom(one[1], one[2], one[3], lower.tail = FALSE) + dbinom(one[1], one[2], one[3]) / 2))
for (one in list(c(0, 7, .95), c(7, 7, .9), c(3, 11, .99), c(81, 263, .95)))
  add("jeffreys_interval", "qbeta", list(successes = one[1], n = one[2], confidence = one[3]),
      list(lower = qbeta((1 - one[3]) / 2, one[1] + .5, one[2] - one[1] + .5),
           upper = qbeta((1 + one[3]) / 2, one[1] + .5, one[2] - one[1] + .5)))

# --- paired shares ---------------------------------------------------------------------------------------------------------------
for (one in list(c(1, 7), c(0, 4), c(5, 5), c(6, 16), c(0, 1), c(150, 86), c(40, 41))) {
  b <- one[1]; n <- sum(one); found <- mcnemar.test(matrix(c(10, one[1], one[2], 10), 2), correct = FALSE)
  exact <- binom.test(b, n)$p.value
  mid <- if (one[1] == one[2]) 1 - dbinom(b, n, .5) / 2 else exact - dbinom(b, n, .5)
  add("mcnemar", "mcnemar.test, binom.test, dbinom", list(only_a = one[1], only_b = one[2]),
      list(p_exact = exact, p_mid = mid, chi2_asymptotic = unname(found$statistic), p_asymptotic = found$p.value))
}

for (one in list(c(1, 7, 1, 12), c(0, 4, 3, 9), c(20, 2, 9, 4))) {           # kept inside -1..1 by none of these
  n <- sum(one) + 2; a <- (one[2] + 1) / n; b <- (one[3] + 1) / n; half <- qnorm(.975) * sqrt((a + b - (a - b)^2) / n)
  add("bonett_price_interval", "the formula", list(both = one[1], only_a = one[2], only_b = one[3], neither = one[4]),
      list(diff = (one[2] - one[3]) / sum(one), lower = a - b - half, upper = a - b + half))
}

# --- means -----------------------------------------------------------------------------------------------------------------------
a <- sleep$extra[1:10]; b <- sleep$extra[11:20]
groups <- list(list(c(2.9, 3.0, 2.5, 2.6, 3.2), c(3.8, 2.7, 4.0, 2.4), c(2.8, 3.4, 3.7, 2.2, 2.0)),
               list(c(5, 6, 6, 7), c(4, 4, 5, 6, 3, 4), c(7, 7, 6), c(1, 5, 9, 2, 2, 8, 4)), list(c(1, 1, 2), c(1, 2, 2, 2)))
for (pair in list(list(a, b), list(c(5, 6, 4, 7), c(5, 5, 3, 6.5)), list(c(1, 2), c(3, 3)))) {
  found <- t.test(pair[[1]], pair[[2]], paired = TRUE)
  add("paired_t_test", "t.test", list(values_a = pair[[1]], values_b = pair[[2]]),
      list(mean_difference = unname(found$estimate), t = unname(found$statistic), df = unname(found$parameter), p = found$p.value,
           lower = found$conf.int[1], upper = found$conf.int[2]))
}
for (one in list(list(c(80, 65, 72.5, 90, 55, 70), 68), list(c(5, 6, 6, 7, 4, 5, 7), 5.5), list(c(1, 2), 68))) {
  found <- t.test(one[[1]], mu = one[[2]], alternative = "greater")
  add("one_sample_t_greater", "t.test", list(values = one[[1]], benchmark = one[[2]]),
      list(t = unname(found$statistic), df = unname(found$parameter), p_one_sided_greater = found$p.value))
}
for (g in groups) {
  d <- data.frame(y = unlist(g), g = factor(rep(seq_along(g), lengths(g)))); found <- oneway.test(y ~ g, d)
  add("welch_anova", "oneway.test", list(groups = g), list(f = unname(found$statistic), df_num = unname(found$parameter[1]),
      df_den = unname(found$parameter[2]), p = found$p.value))
}
last <- c(31, 44, 28, 39, 52); first <- c(55, 60, 41, 80, 77)
found <- t.test(log(last), log(first), paired = TRUE)
for (name in c("geometric_mean_ratio_paired", "first_vs_last_trial_ratio"))
  add(name, "t.test of logarithms", list(times_a = last, times_b = first), list(ratio = exp(unname(found$estimate)),
      lower = exp(found$conf.int[1]), upper = exp(found$conf.int[2]), p = found$p.value))
for (times in list(c(90, 70, 62, 57), c(30, 31, 28, 33, 20, 19), c(10, 12, 15))) {
  fit <- lm(log(times) ~ log(seq_along(times))); b <- unname(-coef(fit)[2])
  add("power_law_of_practice", "lm", list(mean_times = times), list(first_trial_fitted = exp(unname(coef(fit)[1])),
      learning_exponent = b, learning_rate = 2^-b, r_squared = summary(fit)$r.squared))
}

# --- ranks -----------------------------------------------------------------------------------------------------------------------
suppressMessages(library(exactRankTests))
pairs <- list(list(c(1.1, 2.2, 0.3, 4.4), c(3.3, 5.5, 2.1)), list(c(1, 2, 2, 3, 5), c(2, 4, 5, 5, 6, 7)), list(c(7, 9), c(1, 2, 3, 4)),
              list(c(1, 1, 2, 9, 9), c(1, 2, 2, 2, 3, 3, 9)), list(1:12 * 1.5, 1:9 * 1.7))
for (pair in pairs) {
  found <- wilcox.exact(pair[[1]], pair[[2]]); plain <- suppressWarnings(wilcox.test(pair[[1]], pair[[2]], exact = FALSE))
  of <- list(values_a = pair[[1]], values_b = pair[[2]])
  tails <- sapply(c("less", "greater"), function(side) wilcox.exact(pair[[1]], pair[[2]], alternative = side)$p.value)
  add("mann_whitney_exact", "exactRankTests::wilcox.exact, the smaller tail twice", c(of, exact = TRUE),
      list(u = unname(found$statistic), p = min(1, 2 * min(tails))))
  add("mann_whitney_exact", "wilcox.test(exact = FALSE)", c(of, exact = FALSE), list(u = unname(plain$statistic), p = plain$p.value))
}
pairs <- list(list(c(1.83, .50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30), c(.878, .647, .598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)),
              list(c(9, 14, 8, 11, 14, 10, 8, 14, 12, 14, 13, 9, 15, 12, 9), c(13, 15, 9, 12, 16, 10, 8, 13, 12, 16, 9, 10, 16, 12, 9)),
              list(c(3, 5, 1), c(1, 1, 1)))
for (pair in pairs) for (side in c("greater", "less", "two.sided")) {
  found <- wilcox.exact(pair[[1]], pair[[2]], paired = TRUE, alternative = side)
  add("wilcoxon_signed_rank_exact", "exactRankTests::wilcox.exact", list(values_a = pair[[1]], values_b = pair[[2]], alternative = side),
      list(w_plus = unname(found$statistic), p = found$p.value))
}
for (g in groups) {
  found <- kruskal.test(g)
  add("kruskal_wallis", "kruskal.test", list(groups = g), list(h = unname(found$statistic), df = unname(found$parameter), p = found$p.value))
}
blocks <- list(matrix(c(5, 4, 7, 6, 5, 5, 7, 6, 2, 3, 4, 4, 6, 6, 6), ncol = 3, byrow = TRUE),
               matrix(c(14, 23, 26, 30, 19, 25, 25, 33, 17, 22, 29, 28, 16, 17, 29, 31), ncol = 4, byrow = TRUE))
for (m in blocks) {
  found <- friedman.test(m)
  add("friedman", "friedman.test", list(blocks = lapply(seq_len(nrow(m)), function(i) m[i, ])),
      list(chi2 = unname(found$statistic), df = unname(found$parameter), p = found$p.value))
}

# --- two measures ----------------------------------------------------------------------------------------------------------------
for (pair in list(list(mtcars$mpg, mtcars$wt), list(c(1, 2, 3, 4, 4, 6), c(2, 1, 4, 4, 3, 5)), list(c(1, 2, 5), c(2, 4, 4)))) {
  found <- cor.test(pair[[1]], pair[[2]]); rho <- cor(pair[[1]], pair[[2]], method = "spearman")
  limits <- if (length(pair[[1]]) > 3) list(lower = found$conf.int[1], upper = found$conf.int[2]) else list()
  add("correlation", "cor.test", list(x = pair[[1]], y = pair[[2]]),
      c(list(pearson = unname(found$estimate), p = found$p.value, spearman = rho), limits))
}

# --- rates -----------------------------------------------------------------------------------------------------------------------
for (one in list(c(11, 6 + 8 + 7, 800, 3011), c(0, 4, 10, 12), c(25, 3, 1.5, 2.5), c(7, 7, 1, 1))) {
  found <- poisson.test(one[1:2], one[3:4])
  add("poisson_rate_ratio_exact", "poisson.test", list(events = one[1:2], exposure = one[3:4]),
      list(rate_ratio = unname(found$estimate), p = found$p.value, lower = found$conf.int[1], upper = found$conf.int[2]))
}

# --- experiments -----------------------------------------------------------------------------------------------------------------
for (one in list(list(c(821588, 815482), c(.5, .5)), list(c(90, 10, 5), c(8, 1, 1)), list(c(0, 9), c(1, 3))))
  add("sample_ratio_mismatch", "chisq.test", list(observed = one[[1]], expected_weights = one[[2]]), {
    found <- suppressWarnings(chisq.test(one[[1]], p = one[[2]], rescale.p = TRUE))
    list(chi2 = unname(found$statistic), p = found$p.value)
  })
for (p in list(c(.04, .01, .03, .2), c(1, .5, .5, 0), c(.2), c(.01, .02, .03, .04, .05), c(.005, .011, .02, .04, .13, .04)))
  add("multiple_testing", "p.adjust", list(p_values = I(p)), list(holm = I(p.adjust(p, "holm")), benjamini_hochberg = I(p.adjust(p, "BH")),
      bonferroni = I(p.adjust(p, "bonferroni"))))
for (one in list(c(20, 1, 1, .05), c(5, -2, 1.5, .05), c(64, .5, 1, .01), c(10, .1, 3, .2), c(2.5, 1, 1, .05)))
  add("power_two_means", "power.t.test(strict = TRUE)", list(n_per_group = one[1], delta = one[2], sd = one[3], alpha = one[4]),
      list(power = power.t.test(one[1], abs(one[2]), one[3], one[4], strict = TRUE)$power))
for (one in list(c(1, 1, .9, .05), c(.2, 1, .8, .05), c(5, 10, .8, .01), c(3, 1, .95, .05)))
  add("sample_size_two_means", "power.t.test(strict = TRUE)", list(delta = one[1], sd = one[2], power = one[3], alpha = one[4]),
      list(n_per_group = power.t.test(NULL, one[1], one[2], one[4], one[3], strict = TRUE, tol = 1e-12)$n))
for (one in list(c(.5, .75, .9, .05), c(.1, .12, .8, .05), c(0, .05, .8, .1), c(.9, .8, .95, .01)))
  add("sample_size_two_proportions", "power.prop.test", list(p1 = one[1], p2 = one[2], power = one[3], alpha = one[4]),
      list(n_per_group = power.prop.test(NULL, one[1], one[2], one[4], one[3], tol = 1e-12)$n))

by <- paste0(R.version.string, "; exactRankTests ", packageVersion("exactRankTests"))
cat(jsonlite::toJSON(list(made_by = by, vectors = vectors), digits = NA, auto_unbox = TRUE), "\n", sep = "")
