"""vethlab's own small servers, which run inside sandboxes and on nodes."""
