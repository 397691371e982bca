"""A store that plays a scenario in real time: a mosquitto, devices on TCP, the controller a program of its own."""
