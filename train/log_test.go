package train

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
)

func TestLogTellsStartStepsAndEnd(t *testing.T) {
	p := sphere(50, 5, 1)
	for _, c := range []struct {
		level slog.Level
		lines int
		rule  StepRule
	}{{slog.LevelDebug, 6, LevenbergMarquardt}, {slog.LevelInfo, 2, LevenbergMarquardt}, {slog.LevelWarn, 0, LevenbergMarquardt}, {slog.LevelDebug, 6, Adam}} {
		var b bytes.Buffer
		o := &Options{Width: 64, MaxSteps: 3, Ridge: 100, Validation: 0.2, Rule: c.rule, Logger: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: c.level}))}
		if _, _, err := Fit(t.Context(), p.x, p.y, p.d, o); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if n := strings.Count(text, "\n"); n != c.lines {
			t.Errorf("level %v: %d lines, want %d:\n%s", c.level, n, c.lines, text)
		}
		if c.lines > 0 {
			for _, want := range []string{"level=INFO msg=training rows=40 validation_rows=10 rows_left_out=0 targets=1 inputs=6 width=64 rule=" + c.rule.String(), " bytes=", " planned_step=", `level=INFO msg=trained stop="step limit" steps=3 train_rmse=`} {
				if !strings.Contains(text, want) {
					t.Errorf("level %v: no %q in:\n%s", c.level, want, text)
				}
			}
		}
		if strings.Contains(text, "NaN") {
			t.Errorf("NaN in:\n%s", text)
		}
	}
}

func TestLogWarnsOfCancelledRuns(t *testing.T) {
	p := sphere(50, 5, 1)
	ctx, cancel := context.WithCancel(t.Context())
	var b bytes.Buffer
	Fit(ctx, p.x, p.y, p.d, &Options{Width: 64, Logger: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelWarn})), Progress: func(Step) bool {
		cancel()
		return true
	}})
	if !strings.Contains(b.String(), "level=WARN msg=trained stop=cancelled steps=0") {
		t.Error(b.String())
	}
}

// TestLogTellsTheShapes that were tried, one line each, and none of the fits that judge.
func TestLogTellsTheShapes(t *testing.T) {
	p := sphere(50, 5, 1)
	var b bytes.Buffer
	o := &Options{Width: 64, MaxSteps: 1, Logger: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	_, report, err := Fit(t.Context(), p.x, p.y, p.d, o)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "msg=shape"); n != len(report.Choice.Shapes) || n < 3 || strings.Count(b.String(), "msg=step") != 2 {
		t.Errorf("%d shapes of %d:\n%s", n, len(report.Choice.Shapes), b.String())
	}
}
