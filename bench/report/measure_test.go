package main

import (
	"context"
	"testing"
	"time"
)

// Works take turns, and the round that warms up is not counted.
func TestAlternate(t *testing.T) {
	var order []byte
	work := func(name byte, cold, warm time.Duration) turn {
		first := true
		return func(context.Context) (time.Duration, error) {
			order = append(order, name)
			if first {
				first = false
				return cold, nil
			}
			return warm, nil
		}
	}
	got, err := alternate(context.Background(), 3, time.Minute, work('a', time.Hour, time.Second), work('b', time.Hour, 2*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if string(order) != "abababab" {
		t.Errorf("turns were taken as %s", order)
	}
	if got[0].median != 1 || got[1].median != 2 || got[0].turns != 3 || got[1].times(got[0]) != 2 {
		t.Errorf("spreads %+v", got)
	}
	// A limit that has passed after the first round leaves that one, cold as it was.
	got, err = alternate(context.Background(), 3, 0, work('c', time.Hour, time.Second))
	if err != nil || got[0].turns != 1 || got[0].median != 3600 {
		t.Errorf("beyond the limit: %+v, %v", got, err)
	}
}
