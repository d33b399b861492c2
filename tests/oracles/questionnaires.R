# Questionnaires as R answers them: scores by sums over columns, intervals by t.test, alpha by the covariance matrix, shares by prop.test.
# Debian: r-base-core r-cran-jsonlite. Run with the folder of the real data:
# Rscript tests/oracles/questionnaires.R DATA > tests/oracles/questionnaires.json
data <- commandArgs(trailingOnly = TRUE)[1]
vectors <- list(); measured <- list()
add <- function(procedure, by, input, expected)
  vectors[[length(vectors) + 1]] <<- list(procedure = procedure, by = by, input = input, expected = expected, tolerance = list(rel = 1e-9, abs = 1e-9))
tell <- function(name, scores) {
  found <- t.test(scores)
  measured[[name]] <<- list(n = length(scores), mean = mean(scores), low = found$conf.int[1], high = found$conf.int[2])
}
alpha <- function(items) { c <- cov(items); k <- ncol(items); k / (k - 1) * (1 - sum(diag(c)) / sum(c)) }

# --- the usability study's SUS -----------------------------------------------------------------------------------------------------
raw <- as.matrix(read.csv(file.path(data, "heritrace-usability-study", "sus_items.csv"))[, paste0("sus", 1:10)])
points <- raw - 1; points[, seq(2, 10, 2)] <- 5 - raw[, seq(2, 10, 2)]
sus <- rowSums(points) * 2.5
tell("sus", sus); tell("sus_learnability", rowSums(points[, c(4, 10)]) * 12.5); tell("sus_usability", rowSums(points[, -c(4, 10)]) * 3.125)
found <- t.test(sus)
add("sus_group", "t.test, cov", list(respondents = unname(raw)),
    list(n = nrow(raw), mean = mean(sus), sd = sd(sus), lower = found$conf.int[1], upper = found$conf.int[2], cronbach_alpha = alpha(points)))
for (i in 1:3)
  add("sus_subscales", "rowSums", list(items = unname(raw[i, ])),
      list(sus = sus[i], usability = sum(points[i, -c(4, 10)]) * 3.125, learnability = sum(points[i, c(4, 10)]) * 12.5))

# --- the community survey's enjoyment, 1 to 5, as percent of the maximum possible ----------------------------------------------------
survey <- read.delim(gzfile(file.path(data, "r-community-survey", "2018_english.tsv.gz"), encoding = "UTF-8"))
enjoyed <- suppressWarnings(as.numeric(survey$Qr_enjoyment)); enjoyed <- enjoyed[!is.na(enjoyed)]
tell("enjoyment", (enjoyed - 1) / 4 * 100)

# --- the airport survey of 2017: satisfaction with the airport as a whole: 6 would be "never used", 0 or Blank no answer -------------------------------------
airport <- read.csv(gzfile(file.path(data, "sfo-passenger-survey", "2017.csv.gz")))
rated <- suppressWarnings(as.numeric(airport$Q7ALL)); rated <- rated[!is.na(rated) & rated >= 1 & rated <= 5]
found <- suppressWarnings(prop.test(sum(rated >= 4), length(rated), correct = FALSE))
measured$customer_satisfaction <- list(n = length(rated), mean = unname(found$estimate), low = found$conf.int[1], high = found$conf.int[2],
                                       rating = mean(rated))

# --- responses drawn by chance -------------------------------------------------------------------------------------------------------
set.seed(20)
reversed <- c(3, 4, 5, 9, 10, 12, 17, 18, 19, 21, 23, 24, 25)
scales <- list(attractiveness = c(1, 12, 14, 16, 24, 25), perspicuity = c(2, 4, 13, 21), efficiency = c(9, 20, 22, 23),
               dependability = c(8, 11, 17, 19), stimulation = c(5, 6, 7, 18), novelty = c(3, 10, 15, 26))
for (i in 1:4) {
  items <- sample(1:7, 26, replace = TRUE); turned <- items - 4; turned[reversed] <- -turned[reversed]
  add("ueq_scales", "mean", list(items = items), lapply(scales, function(its) mean(turned[its])))
}
short <- matrix(sample(1:7, 48, replace = TRUE), 6); centred <- short - 4
add("ueq_s_group", "rowMeans", list(respondents = short),
    list(per_person = cbind(rowMeans(centred[, 1:4]), rowMeans(centred[, 5:8]), rowMeans(centred)),
         mean_pragmatic = mean(centred[, 1:4]), mean_hedonic = mean(centred[, 5:8]), mean_overall = mean(centred)))
two <- matrix(sample(1:5, 24, replace = TRUE), 12); score <- rowMeans((two - 1) / 4) * 100; found <- t.test(score)
add("ux_lite_group", "t.test", list(respondents = two, scale_points = 5),
    list(mean = mean(score), lower = found$conf.int[1], upper = found$conf.int[2]))
for (i in 1:3) {
  items <- sample(1:7, 4, replace = TRUE)
  add("umux_score", "sum", list(items = items), list(umux = sum(items[c(1, 3)] - 1, 7 - items[c(2, 4)]) / 24 * 100))
}
sus <- matrix(sample(1:5, 200, replace = TRUE), 20); points <- sus - 1; points[, seq(2, 10, 2)] <- 5 - sus[, seq(2, 10, 2)]
score <- rowSums(points) * 2.5; found <- t.test(score, conf.level = .9)
add("sus_group", "t.test, cov", list(respondents = sus, confidence = .9),
    list(n = 20, mean = mean(score), sd = sd(score), lower = found$conf.int[1], upper = found$conf.int[2], cronbach_alpha = alpha(points)))

made_by <- paste0(R.version.string, "; jsonlite ", packageVersion("jsonlite"))
cat(jsonlite::toJSON(list(made_by = made_by, vectors = vectors, measured = measured), auto_unbox = TRUE, digits = NA), "\n", sep = "")
