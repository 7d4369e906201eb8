package main

const arm64 = "qemu-aarch64-static"

// parts are in the order of the page.
var parts = []part{
	{"golden", "The same bits", "Hashes of transforms, sketches, products, Gram matrices, factors, solves, fits and model files are part of the tests; each line compares them.", []target{
		{"fastest path", "golden-here", ""},
		{"without AVX-512", "golden-avx2", ""},
		{"generic, chosen at start", "golden-generic", ""},
		{"generic, chosen at build", "golden-purego", ""},
		{"one, two and seven threads", "golden-threads", ""},
		{"race detector", "golden-race", "cc"},
		{"386", "golden-386", "qemu-i386-static"},
		{"arm64, NEON", "golden-arm64", arm64},
		{"arm64, generic", "golden-arm64-purego", arm64},
		{"s390x, big-endian", "golden-s390x", "qemu-s390x-static"},
	}},
	{"guards", "Memory beside that of the kernels", "Every exported kernel, each argument in turn at each address modulo 64 from a page that cannot be touched, before it and behind it; on each path that the processor has. And what the source of the assembly must keep to.", []target{
		{"all paths of this machine", "guards", ""},
		{"arm64", "guards-arm64", arm64},
	}},
	{"edges", "Numbers and shapes at the edge", "NaN, infinities, zeros of both signs, numbers without exponent and of the largest, ranks and shapes of which there is nothing left, and input that contradicts itself: results as specified, or an error that names the place.", []target{
		{"kernels, transforms, Jacobian, solvers, training", "edges", ""},
	}},
	{"faults", "Faults", "Runs killed and resumed to the same bits, every byte of a file altered, a full disk, a folder that cannot be written, and contexts that end anywhere.", []target{
		{"all of them", "faults", ""},
	}},
	{"cancel", "Time until a fit whose context ends returns", "Fits with 16 384 neurons; the context ends at a random moment of a phase, and what counts is the longest time until `Fit` returned.", []target{
		{"each phase of each method", "cancel", ""},
	}},
	{"memory", "Memory against plan", "The peak of a process that fits, beside what the plan says before.", []target{
		{"each method", "memory", ""},
	}},
	{"pauses", "Pauses of the collector beside a transform", "The time that the collector stops all goroutines for, its 99th percentile, without and with transforms of 2²⁶ numbers beside it.", []target{
		{"transforms", "pauses", ""},
	}},
	{"concurrency", "Concurrency", "Fits and predictions at the same time, under the race detector and not, have the bits that they have alone; repeated, they leave heap and goroutines where they were.", []target{
		{"loads", "loads", ""},
		{"race detector", "loads-race", "cc"},
		{"repeated", "soak", ""},
	}},
	{"fuzz", "Fuzzing", "Each target with the corpus that the machine has kept.", []target{
		{"every target", "fuzz", ""},
	}},
}
