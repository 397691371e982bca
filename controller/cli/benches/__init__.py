"""The benchmarks: `commands` is `sinne bench`, each other module a measurement or a part of one."""
