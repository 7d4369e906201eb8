package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/nearlinear/nearlinear/asm"
)

// mark precedes the section of a study.
const mark = "<!-- study "

// readSections returns the sections of the report at path by the names of their studies:
// none if there is no report.
func readSections(path string) (map[string]string, error) {
	sections := map[string]string{}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for i, part := range strings.Split(string(text), mark) {
		if i == 0 {
			continue // what writeReport writes above the sections
		}
		name, section, ok := strings.Cut(part, " -->\n")
		if !ok {
			return nil, fmt.Errorf("%s: section %d has no name", path, i)
		}
		sections[name] = strings.TrimSpace(section) + "\n"
	}
	return sections, nil
}

// writeReport replaces the report as a whole.
func writeReport(path string, sections map[string]string) error {
	var b strings.Builder
	fmt.Fprintf(&b, `# Side by side

Written by `+"`make bench-report`"+`; see [report](report/doc.go). Times are medians, with the first and the third quartile
where a range is given; what is compared took turns in the same run.

%s

`, machine())
	for _, s := range studies {
		if text, ok := sections[s.name]; ok {
			fmt.Fprintf(&b, "%s%s -->\n%s\n", mark, s.name, text)
		}
	}
	temp := path + ".tmp"
	if err := os.WriteFile(temp, []byte(b.String()), 0o644); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// machine describes where the report is made.
func machine() string {
	return fmt.Sprintf("Machine: %s, %d processors, %s, %s/%s, kernels of %s.",
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

// revision is that of the checkout, with a plus if the code was changed since.
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

// moduleVersion is that of a module in this build.
func moduleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == path {
				return dep.Version
			}
		}
	}
	return "unknown version"
}
