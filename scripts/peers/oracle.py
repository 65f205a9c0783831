"""The seed's own program, run where its files are: oracle.py PATH/confidence_decay.py FOLDER.

It reads FOLDER/alpha/reconciled.jsonl and writes FOLDER/meta_supervisor/state/confidence_multipliers.json.
"""
import importlib.util
import os
import sys

path, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
specification = importlib.util.spec_from_file_location("confidence_decay", path)
module = importlib.util.module_from_spec(specification)
specification.loader.exec_module(module)
os.chdir(folder)
module.update_confidence_multipliers(limit_rows=100_000_000)
