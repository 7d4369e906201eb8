package table

// Options says what Read reads. The zero value is for numbers
// separated by commas under a header line, the last column the target.
type Options struct {
	Comma    rune // separates fields of CSV; 0 means ',', AutoComma the likeliest of , ; | and tab
	NoHeader bool // CSV has no header line; columns are named c1, c2, … as those of NPY always are

	Targets []string // columns that become Y; none means the last of those that have no other use
	Classes bool     // the one target holds labels, texts or numbers; see Table.Classes
	Weight  string   // column that becomes Weights; empty means none
	Drop    []string // columns that are not looked at

	// Text names features that hold categories, numbers among them if need be.
	// With AutoText, so does every feature whose first value is not a number.
	// More than MaxCategories of them in one column (0: DefaultMaxCategories),
	// and as many classes, are refused. An Encoder makes numbers of them.
	Text          []string
	AutoText      bool
	MaxCategories int

	// Missing admits features without a value, NaN in X: an empty field, NA, N/A,
	// NaN, null or ?, in any case. They are refused by default.
	Missing bool

	// Encoder, if set, reads for prediction: the columns that it was fitted to, in
	// its order and wherever they stand in the file, and with its categories.
	// Text and Missing then follow from it, other columns are not looked at, and
	// Targets may be absent (Y is nil unless all are there) or empty (NaN).
	// Text that is none of a column's categories is refused, or with Unknown
	// NaN in X, which encodes as none of them.
	Encoder *Encoder
	Unknown bool

	MemoryLimit uint64 // bytes that the table may take while it is read; 0 means what Options.MemoryLimit does

	// Progress, if set, is called now and then by Read with the rows and
	// the bytes (after decompression) read so far.
	Progress func(rows int, bytes int64)
}

// AutoComma as Options.Comma takes the separator from the first line: the
// one of comma, semicolon, tab and bar that occurs there most, outside quotes.
const AutoComma rune = -1

// Bounds of what is read.
const (
	maxRowBytes  = 16 << 20 // text of one row; an unclosed quote must not swallow the file
	MaxNameBytes = 4096     // a column name, here and in the model file
	maxColumns   = 1 << 16

	// DefaultMaxCategories is Options.MaxCategories when that is 0.
	DefaultMaxCategories = 100
)
