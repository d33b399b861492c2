# Tasks of the usability study and purchases of the households as R answers them: adjusted-Wald by its formula, t.test on logs, clustered
# means by survey::svymean.
# Debian: r-base-core r-cran-survey r-cran-jsonlite. Run with the folder of the real data:
# Rscript tests/oracles/studies.R DATA > tests/oracles/studies.json
suppressMessages(library(survey))
data <- commandArgs(trailingOnly = TRUE)[1]
attempts <- read.csv(file.path(data, "heritrace-usability-study", "tasks.csv"))
seconds <- sapply(strsplit(attempts$actual_hh_mm_ss, ":"), function(part) sum(as.numeric(part) * c(3600, 60, 1)))
task <- function(name) {
  rows <- attempts$task == name; done <- rows & attempts$status == "complete"
  n <- sum(rows); x <- sum(done); z <- qnorm(.975)
  p <- (x + z^2 / 2) / (n + z^2); half <- z * sqrt(p * (1 - p) / (n + z^2))
  t <- t.test(log(seconds[done]))
  list(n = n, successes = x, low = max(0, p - half), high = min(1, p + half), errors = sum(attempts$errors[rows]),
       time = list(n = x, mean = exp(unname(t$estimate)), low = exp(t$conf.int[1]), high = exp(t$conf.int[2])))
}
names <- unique(attempts$task)
lines <- read.csv(gzfile(file.path(data, "complete-journey-households", "transactions_sample.csv.gz")))
baskets <- aggregate(sales_value ~ household_id + basket_id, lines, sum)
spent <- aggregate(sales_value ~ household_id, baskets, sum)$sales_value
of_household <- t.test(spent)
design <- svydesign(ids = ~household_id, weights = ~1, data = baskets)
value <- svymean(~sales_value, design); limits <- confint(value, df = degf(design))
cat(jsonlite::toJSON(list(
  made_by = paste0(R.version.string, "; survey ", packageVersion("survey")),
  tasks = setNames(lapply(names, task), gsub("_", "-", names)),
  households = list(households = length(spent), baskets = nrow(baskets), lines = nrow(lines), sales = sum(lines$sales_value),
    spent = list(mean = mean(spent), low = of_household$conf.int[1], high = of_household$conf.int[2], median = median(spent)),
    basket = list(mean = unname(coef(value)), low = limits[1], high = limits[2]))),
  auto_unbox = TRUE, digits = NA), "\n")
