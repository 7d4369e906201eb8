package train

import (
	"os"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// FuzzResume goes on from any state under a right checksum: the file is refused,
// or a model comes of it.
func FuzzResume(f *testing.F) {
	f.Cleanup(atomicfile.WithoutFlush())
	var paths []string
	fits := make([]Options, len(resumeCases))
	for i, c := range resumeCases {
		fits[i] = c.o
		path, file := firstStep(f, &fits[i], c.targets)
		paths = append(paths, path)
		f.Add(file, byte(i))
		f.Add(file[:len(file)/2], byte(i))
	}
	f.Fuzz(func(t *testing.T, file []byte, which byte) {
		i := int(which) % len(fits)
		if len(file) > 40 {
			file = specimen.Reseal(file)
		}
		if err := os.WriteFile(paths[i], file, 0o666); err != nil {
			t.Fatal(err)
		}
		resumed(t, fits[i], resumeCases[i].targets)
	})
}
