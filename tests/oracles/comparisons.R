# Tests and intervals of differences as R answers them, on numbers written here. Prints JSON.
# Debian: r-base-core r-cran-jsonlite. Run: Rscript tests/oracles/comparisons.R > tests/oracles/comparisons.json
vectors <- list()
add <- function(procedure, by, input, expected)
  vectors[[length(vectors) + 1]] <<- list(procedure = procedure, by = by, input = input, expected = expected)

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

cat(jsonlite::toJSON(list(made_by = R.version.string, vectors = vectors), digits = NA, auto_unbox = TRUE), "\n", sep = "")
