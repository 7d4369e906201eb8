package main

import (
	"runtime/debug"

	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

// readSections returns the sections of the report at path by the names of their studies:
// none if there is no report.
func readSections(path string) (map[string]string, error) { return sections.Read(path) }

// writeReport replaces the report as a whole.
func writeReport(path string, text map[string]string) error {
	return sections.Write(path, `# Side by side

Written by `+"`make bench-report`"+`; see [report](report/doc.go). Times are medians, with the first and the third quartile
where a range is given; what is compared took turns in the same run. Below each section are
the command that made it and the machine.`, names(), text)
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
