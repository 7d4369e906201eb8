package train

import (
	"context"
	"log/slog"
)

// log writes a record, if there is a logger and it takes the level.
func (o *config) log(ctx context.Context, level slog.Level, message string, attrs func() []slog.Attr) {
	if o.Logger != nil && o.Logger.Enabled(ctx, level) {
		o.Logger.LogAttrs(ctx, level, message, attrs()...)
	}
}

func (o *config) logStart(ctx context.Context, r *Report) {
	o.log(ctx, slog.LevelInfo, "training", func() []slog.Attr {
		return []slog.Attr{
			slog.Int("rows", r.N), slog.Int("validation_rows", r.NValid), slog.Int("rows_left_out", r.LeftOut), slog.Int("targets", o.targets), slog.Int("inputs", r.D), slog.Int("width", r.Width),
			slog.String("rule", r.Rule.String()), slog.Float64("ridge", r.Ridge),
			slog.String("method", r.Method.String()), slog.String("why", r.Why), slog.Duration("planned_step", r.StepTime),
			slog.Uint64("bytes", r.Bytes), slog.Uint64("seed", r.Seed), slog.String("kernels", r.Kernels),
		}
	})
}

func (o *config) logChoice(ctx context.Context, c *Choice) {
	for i := range c.Shapes {
		o.log(ctx, slog.LevelDebug, "shape", func() []slog.Attr {
			s := &c.Shapes[i]
			return []slog.Attr{slog.String("shape", s.Shape), slog.Float64("ridge", s.Ridge), slog.Float64("rmse", s.RMSE), slog.Float64("gain", s.Gain), slog.Float64("gain_error", s.GainError), slog.Bool("accepted", s.Accepted)}
		})
	}
}

func (o *config) logResumed(ctx context.Context, target int, s *savedState) {
	o.log(ctx, slog.LevelInfo, "resumed", func() []slog.Attr {
		return []slog.Attr{slog.Int("target", target), slog.Int("step", len(s.History.Steps)-1), slog.Duration("elapsed", s.Elapsed)}
	})
}

func (o *config) logStep(ctx context.Context, s *Step) {
	o.log(ctx, slog.LevelDebug, "step", func() []slog.Attr {
		a := []slog.Attr{slog.Int("target", s.Target), slog.Int("step", s.Index), slog.Bool("accepted", s.Accepted), slog.Float64("loss", s.Loss), slog.Float64("train_rmse", s.TrainRMSE)}
		if s.ValidRMSE == s.ValidRMSE {
			a = append(a, slog.Float64("valid_rmse", s.ValidRMSE))
		}
		if s.GainRatio == s.GainRatio {
			a = append(a, slog.Float64("damping", s.Damping), slog.Float64("gain_ratio", s.GainRatio))
		}
		if s.InnerIters > 0 {
			a = append(a, slog.Int("inner_iterations", s.InnerIters), slog.Float64("inner_residual", s.InnerTrue), slog.String("inner_stop", s.InnerStop))
		}
		return append(a, slog.Float64("flip_share", s.FlipShare), slog.Duration("elapsed", s.Elapsed))
	})
}

func (o *config) logEnd(ctx context.Context, r *Report) {
	level := slog.LevelInfo
	if r.Stop == Cancelled || r.Stop == Diverged {
		level = slog.LevelWarn
	}
	o.log(ctx, level, "trained", func() []slog.Attr {
		a := []slog.Attr{slog.String("stop", r.Stop.String()), slog.Int("steps", len(r.Steps)-len(r.Targets)), slog.Float64("train_rmse", r.TrainRMSE)}
		if r.NValid > 0 {
			a = append(a, slog.Float64("valid_rmse", r.ValidRMSE))
		}
		return append(a, slog.Duration("elapsed", r.Elapsed))
	})
}
