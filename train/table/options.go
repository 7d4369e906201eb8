package table

// Options says what Read reads. The zero value is for a table with a header line whose last
// column is the target, of whatever its columns hold.
type Options struct {
	Comma    rune // separates fields of CSV; 0 means the likeliest of , ; | and tab
	NoHeader bool // CSV has no header line; columns are named c1, c2, … as those of NPY always are

	Targets []string // columns that become Y; none means the last of those that have no other use
	Classes bool     // the one target holds labels, texts or numbers; see Table.Classes
	Weight  string   // column that becomes Weights; empty means none
	Drop    []string // columns that are not looked at

	// Types overrides, by name, what Read would take a column for. A value that is not of
	// the type is refused then, unless it stands for a missing one.
	Types map[string]Type

	// Encoder, if set, reads for prediction: the columns that it was fitted to, in
	// its order and wherever they stand in the file, with its types and categories.
	// Other columns are not looked at, and Targets may be absent (Y is nil unless all are
	// there) or empty (NaN). Labels are the classes that the model knows.
	//
	// A text that is none of a column's categories is taken as none of them, and told in
	// Table.Notices, as is a label that the model does not know. With Strict they are
	// refused, and so is each text that is no number in a column of numbers, of which
	// one in twenty is taken as missing otherwise.
	Encoder *Encoder
	Labels  []string
	Strict  bool

	// MemoryLimit is the number of bytes that the table may take while it is read; 0 means what it does in
	// train.Options, or a quarter of that with Sample: a fit takes more than its table.
	MemoryLimit uint64

	// Sample leaves out rows rather than return ErrMemory where the limit is too low for all of them, each with
	// the same chance: between half of those that there is memory for and all of these stay, in the order of the file.
	// Types are decided by these alone. Table.Origin and Table.Notices tell of it. Seed draws them, and the same
	// are drawn whatever the kind of file. Not with Encoder.
	Sample bool
	Seed   uint64

	// Progress, if set, is called now and then by Read with the rows and
	// the bytes (after decompression) read so far.
	Progress func(rows int, bytes int64)
}

// Bounds of what is read.
const (
	maxRowBytes   = 16 << 20 // text of one row; an unclosed quote must not swallow the file
	MaxNameBytes  = 4096     // a name of a feature, a target or a class, here and in the model file
	maxColumnName = MaxNameBytes / 2
	maxColumns    = 1 << 16
)
