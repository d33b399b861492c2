# Web quality scans as R answers them: quantiles of type 7 with binomial ranks, classes by cut, shares by prop.test.
# Debian: r-base-core r-cran-jsonlite. Run with the folder of the real data:
# Rscript tests/oracles/web_quality.R DATA > tests/oracles/web_quality.json
folder <- file.path(commandArgs(trailingOnly = TRUE)[1], "web-quality-scans")
scans <- read.csv(gzfile(file.path(folder, "gsa_federal_sites_scan.csv.gz")), colClasses = "character")
vital <- function(values, good, poor) {
  x <- sort(values); n <- length(x); ranks <- c(max(qbinom(.025, n, .75), 1), min(qbinom(.975, n, .75) + 1, n))
  list(n = n, p75 = unname(quantile(x, .75, type = 7)), low = x[ranks[1]], high = x[ranks[2]],
       good = sum(x <= good), needs_improvement = sum(x > good & x <= poor), poor = sum(x > poor))
}
number <- function(column) { found <- suppressWarnings(as.numeric(scans[[column]])); found[!is.na(found)] }
checked <- scans$accessibility_scan_status == "completed"
clean <- checked & scans$accessibility_violations %in% c("", "{}")
share <- prop.test(sum(clean), sum(checked), correct = FALSE)
lighthouse <- function(which) {
  report <- jsonlite::fromJSON(gzfile(file.path(folder, paste0("lighthouse_12-0-0_coursehero_", which, ".json.gz"))))
  list(lcp = report$audits[["largest-contentful-paint"]]$numericValue, cls = report$audits[["cumulative-layout-shift"]]$numericValue,
       performance = report$categories$performance$score, accessibility = report$categories$accessibility$score)
}
axe <- jsonlite::fromJSON(gzfile(file.path(folder, "axe_4.10.2_w3citylights.json.gz")), simplifyVector = FALSE)
if (!is.null(axe[[1]]$violations)) axe <- axe[[1]]
cat(jsonlite::toJSON(list(
  made_by = R.version.string,
  lcp = vital(number("largest_contentful_paint"), 2500, 4000), cls = vital(number("cumulative_layout_shift"), .1, .25),
  accessible = list(n = sum(checked), clean = sum(clean), share = unname(share$estimate), low = share$conf.int[1], high = share$conf.int[2]),
  lighthouse = list(a = lighthouse("a"), b = lighthouse("b")),
  axe = list(violations = length(axe$violations), nodes = sum(sapply(axe$violations, function(one) length(one$nodes))))),
  auto_unbox = TRUE, digits = NA), "\n")
