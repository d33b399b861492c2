"""Run by the oracle tests in a process of its own: one object-centric log and one case log, written by pm4py in every form it knows."""

import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
import pm4py  # noqa: E402

folder = Path(sys.argv[1])
log = pm4py.read_ocel2_json(str(folder / "log.json"))
pm4py.write_ocel2_json(log, str(folder / "ocel2.json"))
pm4py.write_ocel2_xml(log, str(folder / "ocel2.xml"))
pm4py.write_ocel2_sqlite(log, str(folder / "ocel2.sqlite"))
pm4py.write_ocel_json(log, str(folder / "ocel1.jsonocel"))
pm4py.write_ocel_xml(log, str(folder / "ocel1.xmlocel"))
cases = pm4py.read_xes(str(folder / "log.xes"))
pm4py.write_xes(cases, str(folder / "cases.xes"))
