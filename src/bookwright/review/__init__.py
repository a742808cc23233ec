"""The round trip with reviewers: who reviews what, the workbooks sent, collecting, merging, settling, approving."""
