// Package page writes the report of a fit as one self-contained HTML page, with what
// rows out of fold say of classes, probabilities and columns, curves of error and loss,
// damping, gate flips, inner iterations, time by phase, and predictions beside the truth.
// It is a package of its own because it links html/template, which a
// program that only fits does not need.
package page
