package sections

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/nearlinear/nearlinear/asm"
)

// machine describes where a section is made.
func machine() string {
	return fmt.Sprintf("%s, %d processors, %s, %s/%s, kernels of %s",
		processor(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, asm.Info())
}

// processor is the processor's name as Linux gives it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unnamed processor"
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unnamed processor"
}

// revision is that of the checkout, with a plus if the code was changed since. It is
// asked from the folder bench.
func revision() string {
	out, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	rev := strings.TrimSpace(string(out))
	changed, err := exec.Command("git", "status", "--porcelain", "--untracked-files=no", "--", "..", ":(exclude)*.md", ":(exclude)*.svg").Output()
	if err != nil || len(changed) > 0 {
		rev += "+"
	}
	return rev
}
