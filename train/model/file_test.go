package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
	"github.com/nearlinear/nearlinear/train/table"
)

// smallModel has a file of a few hundred bytes with every part in it.
func smallModel() *Model {
	return &Model{
		Nets: []jacobian.Network{{M: 3, D: 4, A: []float64{1, -1, -1},
			W: []float64{0.1, -2, 3e-310, 0.25, math.Copysign(0, -1), 5, math.MaxFloat64, 4, -7, 8, 1. / 3, -1}}},
		Scaler: features.Scaler{Mean: []float64{1, -2.5}, Std: []float64{0.1, 4e300}, Min: []float64{-1, -1e301}, Max: []float64{1.5, 3e301}, YMean: []float64{35.8}, YStd: []float64{16.7}, Bias: math.Sqrt2,
			Skew: []features.Skew{{Origin: 2.5, Reach: -0.125, Mean: 0.3, Std: 0.7}, {}}, YLog: []features.TargetLog{{Mean: 3.25, Std: 0.4}},
			Pieces: []features.Piece{{Feature: 1, Low: -2, High: 7, Mean: 0.5, Std: 3}}, TargetMeans: []features.TargetMean{{Feature: 0, Categories: 2, Values: []float64{0, -0.25, 1. / 3}}}, Metric: []float64{1, 0.5, 0, 0.5, 2, -0.25, 0, -0.25, 1e-9}},
		Seed:     1<<63 + 7,
		Features: []string{"water", "größe, \"mm\""},
		Targets:  []string{"strength"},
	}
}

// classModel tells three classes apart.
func classModel() *Model {
	m := smallModel()
	for range 2 {
		net := m.Nets[0]
		net.W = slices.Clone(net.W)
		net.W[len(m.Nets)] = 77
		m.Nets = append(m.Nets, net)
	}
	m.Scaler.YMean, m.Scaler.YStd = []float64{-0.5, 0.25, -1}, []float64{1, 0.5, 4e300}
	m.Scaler.YLog = nil
	m.Classes = []string{"", "no", "yes, \"a\nlot\""}
	m.Calibration = &Calibration{Scale: []float64{1, 0, 3}, Shift: []float64{-1, 0.5, 1e-300}, Offset: []float64{0, -0.25, 1e-200}}
	return m
}

// averageModel is classModel with two further members, of other shapes.
func averageModel() *Model {
	m := classModel()
	for q := range 2 {
		s := m.Scaler
		s.Std, s.Metric, s.Pieces, s.Skew = []float64{2, float64(q + 1)}, nil, nil, nil
		if q == 0 {
			s.Pieces = []features.Piece{{Feature: 0, Low: 1, High: 2, Mean: 1.25, Std: 0.5}, {Feature: 1, Low: -1, High: 3, Mean: 1, Std: 2}}
		} else {
			s.Metric = []float64{2, 0.5, 0.5, 1}
		}
		one := Member{Scaler: s, Weight: 0.25}
		for j := range m.Nets {
			net := jacobian.Network{M: 3, D: s.Width(), A: m.Nets[0].A, W: make([]float64, 3*s.Width())}
			for i := range net.W {
				net.W[i] = float64((7*i+3*j+q)%11) - 5
			}
			one.Nets = append(one.Nets, net)
		}
		m.Further = append(m.Further, one)
	}
	return m
}

func marshal(t testing.TB, m *Model) []byte {
	t.Helper()
	b, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestModelFileKeepsEveryBit(t *testing.T) {
	bare := smallModel()
	bare.Features, bare.Targets = nil, nil
	several := classModel()
	several.Classes, several.Calibration, several.Targets = nil, nil, []string{"a", "", "c"}
	several.Scaler.YLog = []features.TargetLog{{}, {Mean: -1, Std: 2}, {}}
	for name, m := range map[string]*Model{"small": smallModel(), "classes": classModel(), "encoder": encoderModel(t), "targets": several, "intervals": spreading(), "average": averageModel(), "no names": bare, "no bias": newModel(2, 5, 0, 3), "one neuron": newModel(1, 1, 1, 3), "larger": newModel(1001, 17, 2, 3)} {
		file := marshal(t, m)
		got, err := Read(iotest.OneByteReader(bytes.NewReader(file)))
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("%s: %v, %+v", name, err, got)
		}
		for j := range m.Nets {
			for i, v := range m.Nets[j].W { // DeepEqual takes -0 for 0
				if math.Float64bits(v) != math.Float64bits(got.Nets[j].W[i]) {
					t.Fatalf("%s: target %d: weight %d is %x, was %x", name, j, i, got.Nets[j].W[i], v)
				}
			}
		}
		if again := marshal(t, got); !bytes.Equal(again, file) {
			t.Errorf("%s: written again the file differs", name)
		}
		var buf bytes.Buffer
		if n, err := m.WriteTo(&buf); err != nil || n != int64(len(file)) || !bytes.Equal(buf.Bytes(), file) {
			t.Errorf("%s: WriteTo gave %d bytes, %v", name, n, err)
		}
		if b, err := m.AppendBinary([]byte("head")); err != nil || !bytes.Equal(b, append([]byte("head"), file...)) {
			t.Errorf("%s: AppendBinary gave %d bytes, %v", name, len(b), err)
		}
	}
}

func TestModelFileIsTheSameOnEveryPlatform(t *testing.T) {
	sum := sha256.Sum256(append(marshal(t, smallModel()), append(marshal(t, classModel()), append(marshal(t, encoderModel(t)), append(marshal(t, typedModel(t)), append(marshal(t, spreading()), marshal(t, averageModel())...)...)...)...)...))
	if got, want := fmt.Sprintf("%x", sum[:8]), "149d9b27ec6d30b0"; got != want {
		t.Errorf("file has hash %s, want %s: a new layout needs a new version", got, want)
	}
}

func TestModelFileSize(t *testing.T) {
	m := newModel(1000, 20, 1, 3)
	if size, weights := len(marshal(t, m)), 8*1000*21; size < weights || size > weights+weights/100+1000 {
		t.Errorf("%d bytes for %d of weights", size, weights)
	}
}

func TestOtherFilesAreTold(t *testing.T) {
	file := marshal(t, smallModel())
	file[7] = 1
	for text, want := range map[string]string{"": "ends after 0 bytes", "a,b,y\n": "not a model file", "NE": "ends after 2 bytes", "PK\x03\x04 and so on": "not a model file", string(file): "version 1, this program reads version 6"} {
		if _, err := Read(strings.NewReader(text)); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.10q: %v", text, err)
		}
	}
}

// Places of a small model's file.
const (
	atNeurons, atFeatures, atTargets, atSkews, atRanges, atLogs, atPieces, atNames, atClasses, atBias = 8, 16, 24, 32, 40, 48, 56, 80, 96, 104
	atMean, atStd, atMin, atMax, atYStd, atSkew, atLog, atPiece, atMetric, atMeans, atName            = 112, 128, 144, 160, 184, 192, 256, 272, 312, 384, 420
)

func TestContradictionsAreRefusedUnderARightChecksum(t *testing.T) {
	le := binary.LittleEndian
	file := marshal(t, smallModel())
	end := len(file) - sha256.Size
	weights := end - 4 - 1 - 12*8
	float := func(at int, v float64) func([]byte) {
		return func(b []byte) { le.PutUint64(b[at:], math.Float64bits(v)) }
	}
	for _, c := range []struct {
		name  string
		alter func([]byte)
		want  string
	}{
		{"NaN mean", float(atMean+8, math.NaN()), "feature 1 has mean NaN"},
		{"NaN deviation", float(atStd, math.NaN()), "feature 0 has mean 1 and deviation NaN"},
		{"infinite deviation", float(atStd, math.Inf(1)), "deviation +Inf"},
		{"negative deviation", float(atStd, -1), "deviation -1"},
		{"target deviation", float(atYStd, 0), "target"},
		{"negative bias", float(atBias, -1), "bias is -1"},
		{"NaN bias", float(atBias, math.NaN()), "bias is NaN"},
		{"no bias", float(atBias, 0), ""},
		{"infinite weight", float(weights+8*4, math.Inf(-1)), "weight of neuron 1, feature 0 is -Inf"},
		{"a piece of no feature", float(atPiece, 2), "piece of feature 2 of 2"},
		{"a piece of half a feature", float(atPiece, 0.5), "piece of feature 0.5 of 2"},
		{"a piece upside down", float(atPiece+16, -3), "piece 0 is"},
		{"NaN metric", float(atMetric+8, math.NaN()), "the metric has an entry NaN"},
		{"huge metric", float(atMetric+8, 1e300), "the metric has an entry 1e+300"},
		{"NaN means", float(atMeans+12, math.NaN()), "means 0 have a value NaN"},
		{"means of no feature", func(b []byte) { le.PutUint32(b[atMeans+4:], 2) }, "for feature 2 of 2 categories"},
		{"means of many categories", func(b []byte) { le.PutUint32(b[atMeans+8:], math.MaxUint32) }, "of 4294967295 categories"},
		{"means of more categories", func(b []byte) { le.PutUint32(b[atMeans+8:], math.MaxInt32-1) }, "ends after"},
		{"many means", func(b []byte) { le.PutUint32(b[atMeans:], math.MaxUint32) }, ""},
		{"two pieces", func(b []byte) { le.PutUint64(b[atPieces:], 2) }, "2 pieces, a metric of 9"},
		{"a metric without room", func(b []byte) { le.PutUint64(b[atPieces+8:], 8) }, "a metric of 8"},
		{"many members", func(b []byte) { le.PutUint32(b[end-4:], 17) }, "17 further members, at most 16"},
		{"a member that is not there", func(b []byte) { le.PutUint32(b[end-4:], 1) }, "ends after"},
		{"spare sign bits", func(b []byte) { b[end-5] |= 8 }, "signs for more than 3"},
		{"more neurons", func(b []byte) { le.PutUint64(b[atNeurons:], 4) }, ""},
		{"no neurons", func(b []byte) { le.PutUint64(b[atNeurons:], 0) }, "0 neurons"},
		{"no features", func(b []byte) { le.PutUint64(b[atFeatures:], 0) }, "0 features"},
		{"one logarithm", func(b []byte) { le.PutUint64(b[atSkews:], 1) }, "1 logarithms"},
		{"one range", func(b []byte) { le.PutUint64(b[atRanges:], 1) }, "1 ranges"},
		{"two logarithms of a target", func(b []byte) { le.PutUint64(b[atLogs:], 2) }, "2 logarithms of targets"},
		{"NaN mean of a target's logarithm", float(atLog, math.NaN()), "target 0 has logarithm {NaN 0.4}"},
		{"no deviation of a target's logarithm", float(atLog+8, 0), "target 0 has logarithm {3.25 0}"},
		{"NaN range", float(atMin+8, math.NaN()), "feature 1 ranges from NaN to 3e+301"},
		{"infinite range", float(atMax, math.Inf(1)), "feature 0 ranges from -1 to +Inf"},
		{"range upside down", float(atMax, -2), "feature 0 ranges from -1 to -2"},
		{"no targets", func(b []byte) { le.PutUint64(b[atTargets:], 0) }, "0 targets"},
		{"more targets", func(b []byte) { le.PutUint64(b[atTargets:], 2) }, ""},
		{"more names of targets", func(b []byte) { le.PutUint64(b[atNames+8:], 2) }, "2 and 0 names"},
		{"a class", func(b []byte) { le.PutUint64(b[atClasses:], 1) }, ""},
		{"NaN origin", float(atSkew, math.NaN()), "feature 0 has logarithm {NaN"},
		{"no reach", float(atSkew+8, 0), "feature 0 has logarithm"},
		{"infinite reach", float(atSkew+8, math.Inf(1)), "feature 0 has logarithm"},
		{"infinite mean of a logarithm", float(atSkew+16, math.Inf(1)), "feature 0 has logarithm"},
		{"negative deviation of a logarithm", float(atSkew+24, -1), "feature 0 has logarithm"},
		{"half a logarithm", float(atSkew+32+24, 1), "feature 1 has logarithm"},
		{"one name", func(b []byte) { le.PutUint64(b[atNames:], 1) }, "1, 1 and 0 names"},
		{"long name", func(b []byte) { le.PutUint32(b[atName:], math.MaxUint32) }, "name of 4294967295 bytes"},
	} {
		bad := slices.Clone(file)
		c.alter(bad)
		m, err := Read(bytes.NewReader(specimen.Reseal(bad)))
		if m != nil || !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := Read(bytes.NewReader(specimen.Reseal(file))); err != nil {
		t.Errorf("unaltered: %v", err)
	}
}

func TestContradictoryModelsAreNotWritten(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*Model)
		want  string
	}{
		{"zero", func(m *Model) { *m = Model{} }, "0 means and 0 deviations"},
		{"weights", func(m *Model) { m.Nets[0].W = m.Nets[0].W[1:] }, "11 weights"},
		{"sign", func(m *Model) { m.Nets[0].A[1] = 0 }, "sign of neuron 1 is 0"},
		{"bias", func(m *Model) { m.Scaler.Bias = 0 }, "a metric of 9 entries for 3 coordinates"},
		{"metric", func(m *Model) { m.Scaler.Metric = m.Scaler.Metric[1:] }, "a metric of 8 entries for 3 coordinates"},
		{"piece", func(m *Model) { m.Scaler.Pieces[0].Feature = 2 }, "piece 0 is"},
		{"weight of a member", func(m *Model) { *m = *averageModel(); m.Further[1].Weight = 0 }, "member 2: its weight is 0"},
		{"weights of members", func(m *Model) { *m = *averageModel(); m.Further[1].Weight = 0.8 }, "the weights of 2 members leave"},
		{"features of a member", func(m *Model) { *m = *averageModel(); m.Further[0].Scaler.Std[0] = -1 }, "member 1: feature 0 has mean"},
		{"networks of a member", func(m *Model) { *m = *averageModel(); m.Further[0].Nets[1].W[2] = math.NaN() }, "member 1: target 1: jacobian: weight of neuron 0, feature 2"},
		{"targets of a member", func(m *Model) { *m = *averageModel(); m.Further[0].Nets = m.Further[0].Nets[1:] }, "member 1: 2 networks of 2 features, want 3 of 2"},
		{"signs of a member", func(m *Model) { *m = *averageModel(); m.Further[1].Nets[0].A = []float64{1, 1, -1} }, "member 2: target 0: the signs"},
		{"scaled targets of a member", func(m *Model) { *m = *averageModel(); m.Further[1].Scaler.YStd = []float64{1, 2, 4} }, "member 2: its targets are scaled"},
		{"logarithms", func(m *Model) { m.Scaler.Skew = m.Scaler.Skew[1:] }, "1 logarithms for 2 features"},
		{"ranges", func(m *Model) { m.Scaler.Max = nil }, "2 least and 0 largest values of 2 features"},
		{"logarithms of targets", func(m *Model) { m.Scaler.YLog = make([]features.TargetLog, 2) }, "2 logarithms for 1 targets"},
		{"logarithms of classes", func(m *Model) { *m = *classModel(); m.Scaler.YLog = make([]features.TargetLog, 3) }, "logarithms for targets that are classes"},
		{"names", func(m *Model) { m.Features = m.Features[1:] }, "1 names for 2 features"},
		{"same names", func(m *Model) { m.Features[1] = "water" }, `name "water" of feature 1 is taken`},
		{"target's name", func(m *Model) { m.Targets[0] = "water" }, `name "water" of feature 0 is taken`},
		{"no name", func(m *Model) { m.Features[1] = "" }, "feature 1 has no name"},
		{"long name", func(m *Model) { m.Features[1] = strings.Repeat("n", table.MaxNameBytes+1) }, "takes 4097 bytes"},
		{"means", func(m *Model) { m.Scaler.YMean = []float64{1, 2} }, "1 networks for targets of 2 means and 1 deviations"},
		{"one class", func(m *Model) { m.Classes = []string{"a"} }, "1 classes for 1 targets"},
		{"three classes", func(m *Model) { m.Classes = []string{"a", "b", "c"} }, "3 classes for 1 targets"},
		{"same classes", func(m *Model) { m.Scaler.YLog = nil; m.Classes = []string{"a", "a"} }, `name "a" of class 1 is taken`},
		{"long class", func(m *Model) {
			m.Scaler.YLog = nil
			m.Classes = []string{"a", strings.Repeat("n", table.MaxNameBytes+1)}
		}, "takes 4097 bytes"},
		{"names of targets", func(m *Model) { m.Targets = []string{"a", "b"} }, "2 names for 1 targets"},
		{"signs of a target", func(m *Model) { *m = *classModel(); m.Nets[2].A = []float64{1, 1, 1} }, "target 2: the signs are not those of target 0"},
		{"weights of a target", func(m *Model) { *m = *classModel(); m.Nets[1].W[5] = math.Inf(1) }, "target 1: jacobian: weight of neuron 1, feature 1"},
		{"width of a target", func(m *Model) { *m = *classModel(); m.Nets[1].M = 2 }, "target 1 has 2 neurons"},
		{"targets of classes", func(m *Model) { *m = *classModel(); m.Targets = []string{"a", "b", "c"} }, "3 names for 1 targets"},
		{"long target", func(m *Model) { m.Targets[0] = strings.Repeat("n", table.MaxNameBytes+1) }, "takes 4097 bytes"},
	} {
		m := smallModel()
		c.spoil(m)
		var buf bytes.Buffer
		if n, err := m.WriteTo(&buf); n != 0 || buf.Len() != 0 || !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %d bytes, %v", c.name, buf.Len(), err)
		}
		dir := t.TempDir()
		if err := m.Save(filepath.Join(dir, "m")); !errors.Is(err, fault.ErrModel) {
			t.Errorf("%s: Save: %v", c.name, err)
		}
		if e, _ := os.ReadDir(dir); len(e) != 0 {
			t.Errorf("%s: Save left %v", c.name, e)
		}
	}
}

func TestSaveAndLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "concrete.model")
	for _, m := range []*Model{newModel(50, 3, 1, 1), smallModel()} {
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path)
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("%v, %+v", err, got)
		}
	}
	if e, _ := os.ReadDir(dir); len(e) != 1 {
		t.Errorf("left behind: %v", e)
	}
	if err := smallModel().Save(filepath.Join(dir, "none", "m")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Load(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
}

func ExampleModel_Save() {
	// In earnest the model comes from Fit.
	m := &Model{
		Nets:     []jacobian.Network{{M: 2, D: 2, W: []float64{3, 1, -3, 1}, A: []float64{1, -1}}},
		Scaler:   features.Scaler{Mean: []float64{20}, Std: []float64{5}, YMean: []float64{100}, YStd: []float64{10}, Bias: 1},
		Features: []string{"temperature"}, Targets: []string{"yield"},
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "yield.model")
	if err := m.Save(path); err != nil {
		fmt.Println(err)
		return
	}
	loaded, err := Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	y := make([]float64, 2)
	if err := loaded.Predict(y, []float64{20, 25}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s from %s: %.2f\n", loaded.Targets, loaded.Features, y)
	// Output: [yield] from [temperature]: [100.00 120.00]
}
