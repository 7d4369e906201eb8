package bench

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const playPeer = "BENCH_TEST_PLAYS_PEER"

// TestMain makes this program the peer of its own tests when it is started as one.
func TestMain(m *testing.M) {
	if os.Getenv(playPeer) == "" {
		os.Exit(m.Run())
	}
	fmt.Println("version 1 of a test")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		switch job := strings.Fields(lines.Text()); {
		case len(job) == 1 && job[0] == "babble":
			fmt.Println("seconds: 3")
		case len(job) == 1 && job[0] == "die":
			os.Exit(3)
		default:
			fmt.Printf("{\"seconds\": 0.5, \"words\": %d}\n", len(job))
		}
	}
}

func startSelf(t *testing.T) *Peer {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), playPeer+"=1")
	p, err := StartProgram("itself", cmd)
	if err != nil {
		t.Fatal(err)
	}
	if p.About != "version 1 of a test" {
		t.Errorf("it says of itself %q", p.About)
	}
	return p
}

// A question is one line of JSON, and the answer is decoded into what is to take it.
func TestAsk(t *testing.T) {
	p := startSelf(t)
	var answer struct{ Words int }
	if err := p.Ask(map[string]string{"question": "three words\nlong"}, &answer); err != nil || answer.Words != 2 {
		t.Errorf("answer %+v, %v", answer, err)
	}
	if err := p.Ask(func() {}, &answer); err == nil {
		t.Error("a question that is no JSON was asked")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// A program gets the words of a job, and answers one turn after the other until its input
// ends.
func TestTurns(t *testing.T) {
	p := startSelf(t)
	for words, job := range [][]string{{}, {"one"}, {"two", "words"}} {
		said, err := p.Turn(job...)
		if err != nil || said["seconds"] != 0.5 || said["words"] != float64(words) {
			t.Errorf("job %q: %v, %v", job, said, err)
		}
	}
	if _, err := p.Turn("babble"); err == nil || !strings.Contains(err.Error(), "itself") || !strings.Contains(err.Error(), "seconds: 3") {
		t.Errorf("what is no JSON: %v", err)
	}
	if _, err := p.Turn("again"); err != nil {
		t.Errorf("after it: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestPeerDies(t *testing.T) {
	p := startSelf(t)
	if _, err := p.Turn("die"); err == nil || !strings.Contains(err.Error(), "itself") {
		t.Errorf("the turn in which it dies: %v", err)
	}
	if err := p.Close(); err == nil {
		t.Error("Close does not tell that it failed")
	}
	if _, err := StartProgram("silent", exec.Command(os.Args[0], "-test.list=^$")); err == nil {
		t.Error("a program that says nothing is started")
	}
}

// A program that does not compile is a peer that is not there.
func TestNoCompiler(t *testing.T) {
	if _, err := StartC("absent.c"); !errors.Is(err, ErrNoCompiler) {
		t.Errorf("StartC: %v", err)
	}
}

// The jobs of one Python program, changed between turns.
func TestPythonJobs(t *testing.T) {
	p, err := StartPeer(1, "dense.py", "numpy")
	if errors.Is(err, ErrNoPeer) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.About, "numpy") {
		t.Errorf("it says of itself %q", p.About)
	}
	for _, job := range []string{"cholesky 20", "cholesky 20", "qr 30 20", "product 5 6 7"} {
		said, err := p.Turn(strings.Fields(job)...)
		if err != nil || said["seconds"] <= 0 {
			t.Errorf("%s: %v, %v", job, said, err)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
