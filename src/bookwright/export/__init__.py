"""The last mile: what is loaded into the CRM, what the receiving CSM gets, and how far the transition is."""
