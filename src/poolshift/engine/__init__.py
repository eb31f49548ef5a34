"""How a run is driven: a pure `decide`, a journal with compare-and-set, one tick, drivers."""
