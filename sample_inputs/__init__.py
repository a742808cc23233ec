"""Sample workbooks, each telling one story, and the script that makes them."""
