module github.com/nearlinear/nearlinear/train/mpi

go 1.26.0

require github.com/nearlinear/nearlinear v0.0.0

require golang.org/x/sys v0.49.0 // indirect

replace github.com/nearlinear/nearlinear => ../..
