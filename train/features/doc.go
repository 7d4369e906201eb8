// Package features maps raw numbers to the rows that networks are trained on.
//
// A [Scaler], learnt by [FitScaler] from the rows to train on, standardises each column,
// draws in the long tail of a skewed one by a logarithm ([Skew]), appends a constant,
// and scales the row to unit length:
//
//	z_k = (x_k − Mean_k)/Std_k,   row = (z, Bias)/‖(z, Bias)‖
//
// Beside a feature may stand pieces of it ([Piece]), each of which follows it between two quantiles, and
// features and pieces may be mapped by a metric ([Scaler.WithMetric]), in which the directions are long along
// which a fit changes, before the constant is appended.
//
// Targets are standardised by [Scaler.Standardize], and brought back to their units by
// [Scaler.Restore]; positive ones with a long tail may go through a logarithm and back by an
// exponential ([TargetLog]). A model carries its scaler along, so that its callers see neither.
//
// The bits are the same on every platform: sums, products, quotients and square roots in a
// fixed order, and logarithms and exponentials made of them.
package features
