package train

import "flag"

// faults makes the tests of faults try every place instead of some (make
// faults).
var faults = flag.Bool("faults", false, "try every fault, which takes minutes")
