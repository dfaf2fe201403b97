"""OVH's AI Training API, in OVH's own JSON, over the jobs of the hub."""
