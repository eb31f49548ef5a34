"""The values that everything else speaks in: snapshot, plan, finding, journal, ports, errors."""
