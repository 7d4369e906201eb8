// Package solver solves linear systems and least-squares problems, by Krylov
// methods on operators and by dense factors, and says truthfully how it went.
package solver
