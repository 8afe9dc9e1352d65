package registry

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Names are the names there are: those that could be what was meant, the
// closest first, then the others by alphabet.
type Names struct {
	All []string
	// Suggestion is the first of All if it could be what was meant, or empty.
	Suggestion string
	// Unavailable is set when the names could not be read.
	Unavailable bool
}

// rank sorts names by their editCost to wanted.
func rank(wanted string, names []string) Names {
	type candidate struct {
		name     string
		distance int // math.MaxInt if it cannot be what was meant
	}
	candidates := make([]candidate, len(names))
	for i, name := range names {
		candidates[i] = candidate{name, editCost(strings.ToLower(wanted), strings.ToLower(name))}
	}
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})

	ranked := Names{All: make([]string, len(candidates))}
	for i, c := range candidates {
		ranked.All[i] = c.name
	}
	if len(candidates) > 0 && candidates[0].distance < math.MaxInt {
		ranked.Suggestion = candidates[0].name
	}
	return ranked
}

// maxCompared is the length in bytes of the longest names that are compared.
const maxCompared = 256

// editCost is the distance of two names that could be confused, or
// math.MaxInt: either one begins with the other, or about a third of it would
// have to be mistyped.
func editCost(wanted, name string) int {
	if len(wanted) > maxCompared || len(name) > maxCompared {
		return math.MaxInt
	}
	d := distance(wanted, name)
	if d <= len(wanted)/3+1 || strings.HasPrefix(name, wanted) || strings.HasPrefix(wanted, name) {
		return d
	}
	return math.MaxInt
}

// distance is the Levenshtein distance of a and b in bytes: the number of
// insertions, deletions and substitutions that turn one into the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitution := diagonal
			if a[i] != b[j] {
				substitution++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitution, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
