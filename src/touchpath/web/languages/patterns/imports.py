"""What files cannot be read for, what drifted, and what a kind of signal is read by."""

from __future__ import annotations

from touchpath.web.languages import N_

SENTENCES = (
    # files that cannot be read
    N_("%(name)s is empty. Choose a file that holds something."),
    N_("%(name)s holds no text. Files may be CSV, JSON lines or Parquet; CSV and JSON lines may be gzipped."),
    N_("%(name)s holds no rows that can be read, so there is nothing to propose."),
    N_("%(name)s holds no rows that can be read, so there is nothing to propose: all of its cells are empty."),
    N_("%(name)s is an Excel workbook or a zip file. Save the sheet as CSV, or unpack the file."),
    N_("%(name)s is an old Excel workbook or another file of Microsoft Office. Save the sheet as CSV."),
    N_("%(name)s is a web page, as some tools export tables. Open it in a spreadsheet and save the sheet as CSV."),
    N_("%(name)s is a PDF. Export the table that it was made from as CSV."),
    N_("%(name)s is called Parquet, but does not begin as such files do. Was it copied or written to its end?"),
    N_("%(name)s holds one JSON object over many lines. JSON lines hold one object a line."),
    # records that were refused
    N_("%(name)s: '%(came)s' is not a number."),
    N_('If that means nothing, list it in the mapping, as in read: {missing: ["", NA]}.'),
    N_("%(name)s: the time '%(came)s' does not read as %(told)s (or lies outside 1900 to 2200)."),
    N_("%(name)s: the time '%(came)s' does not read as %(told)s."),
    N_("%(name)s: '%(came)s' is not in the map."),
    N_("%(name)s: '%(came)s' is neither true nor false."),
    N_("%(name)s: '%(came)s' is not JSON."),
    N_("This row has %(many)s fields, the file has %(most)s columns."),
    N_("A quote opens in this record and never closes. Double it, close it, or set another quote."),
    N_("This record is longer than %(most)s bytes: does a quote open in it that never closes?"),
    N_("This line is longer than %(most)s bytes. JSON lines hold one object a line."),
    N_("This line is not JSON: %(told)s."),
    N_("This line holds %(kind)s, not an object in braces. JSON lines hold one object a line."),
    # what drifted
    N_("no signal for %(quiet)s, where %(usual)s a day were usual (%(days)s; so long a silence by chance: %(p)s)"),
    N_(
        "%(signals)s on %(day)s, where %(low)s to %(high)s were to be expected for the day of the week (%(expected)s, from %(days)s; %(p)s)"
    ),
    N_("new, on %(signals)s since"),
    N_("%(type)s on %(signals)s since, %(before)s before"),
    N_("on none of the last %(signals)s signals, where %(share)s of %(all)s had it (by chance: %(p)s)"),
    N_(
        "Periods are not compared: with 'on-or-after' those who started earlier have had more time to come back; the kind 'on' and brackets "
        "give all the same."
    ),
    # what a kind of signal is read by
    N_("step '%(title)s' of journey '%(name)s'"),
    N_("task '%(title)s': start"),
    N_("task '%(title)s': success"),
    N_("task '%(title)s': failure"),
    N_("task '%(title)s': error"),
    N_("task '%(title)s': abandon"),
    N_("question '%(title)s'"),
    N_("persona '%(title)s'"),
    N_("metric '%(title)s'"),
    N_("journey '%(title)s': contacts"),
    N_("%(owner)s (only with its conditions)"),
)
