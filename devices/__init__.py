"""What devices are and how they speak: dialects, transports, brokers and the simulator."""
