"""How the records of other systems become signals: one file a vendor, used alike by webhook, pull and file."""
