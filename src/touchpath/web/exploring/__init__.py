"""What the pages that ask queries are made of: a form in the address, its document, and the drawings of an answer."""
