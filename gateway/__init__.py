"""The one place that knows everybody: pipeline, log, blobs, state, sites, API and command line."""
