package provider

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestFormatDate(t *testing.T) {
	for want, date := range map[string]time.Time{
		"HCP gives no date":         {},
		"2026-03-14T12:00:00Z":      time.Date(2026, 3, 14, 12, 0, 0, 678e6, time.UTC),
		"9999-12-31T23:59:59-05:00": lastMoment,
	} {
		if got := formatDate(date); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestFormatWait(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		1:                           "1s",
		400 * time.Millisecond:      "1s",
		90*time.Second + 1:          "1m30s",
		24 * time.Hour:              "24h0m0s",
		24*time.Hour + time.Second:  "more than a day",
		math.MaxInt64:               "more than a day",
		math.MaxInt64 - time.Second: "more than a day",
	} {
		if got := formatWait(wait); got != want {
			t.Errorf("%d: got %s, want %s", wait, got, want)
		}
	}
}

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "",
		" plain ":                                "plain",
		"two\nlines\r\n\tand more":               "two lines and more",
		"\x1b[31mred\x1b[0m\x07":                 "[31mred [0m",
		"zero\x00byte\u200bwidth\u202edirection": "zero byte width direction",
		"\xff\xfe":                               "\ufffd\ufffd",
		strings.Repeat("ü", 3*maxText):           strings.Repeat("ü", maxText) + "…",
		strings.Repeat("a b ", maxText):          strings.Repeat("a b ", maxText)[:maxText] + "…",
	} {
		if got := oneLine(text); got != want {
			t.Errorf("%.40q: got %.40q… (%d), want %.40q… (%d)", text, got, len(got), want, len(want))
		}
	}
}

func TestAppendOmitted(t *testing.T) {
	for omitted, want := range map[int]string{-1: "list", 0: "list", 1: "list\n  … and 1 more"} {
		if got := appendOmitted("list", omitted); got != want {
			t.Errorf("%d omitted: got %q, want %q", omitted, got, want)
		}
	}
}

func TestIterationName(t *testing.T) {
	for want, name := range map[string][2]string{
		"v7 (01J)": {"v7", "01J"}, "v7": {"v7", ""}, "01J": {"", "01J"}, "unknown": {"", ""}, "v 7": {"v\n7", ""},
	} {
		if got := iterationName(name[0], name[1]); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
