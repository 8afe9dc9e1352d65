package hcpfake

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"
)

// maxPageSize is the largest page size. HCP's limit is not published.
const maxPageSize = 1000

// page returns the requested page of a list.
func page[T any](c *call, list []T) ([]T, *cloud.HashicorpCloudCommonPaginationResponse, error) {
	size := c.server.pageSize
	if text := c.query.Get("pagination.page_size"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, nil, invalidf("pagination.page_size %q is not a valid number", text)
		}
		if n > 0 { // 0 means the default.
			size = min(n, maxPageSize)
		}
	}
	start, err := c.pageStart(size, len(list))
	if err != nil {
		return nil, nil, err
	}
	end := start + min(size, len(list)-start) // start+size could overflow
	links := &cloud.HashicorpCloudCommonPaginationResponse{}
	if end < len(list) {
		links.NextPageToken = pageToken(end)
	}
	if start > 0 {
		links.PreviousPageToken = pageToken(start)
	}
	return list[start:end], links, nil
}

// pageStart returns the index of the first result. A page token encodes the index
// of the boundary between two pages.
func (c *call) pageStart(size, length int) (int, error) {
	next, previous := c.query.Get("pagination.next_page_token"), c.query.Get("pagination.previous_page_token")
	switch {
	case next != "" && previous != "":
		return 0, invalidf("pagination.next_page_token and pagination.previous_page_token are mutually exclusive")
	case next != "":
		return parsePageToken(next, length)
	case previous != "":
		end, err := parsePageToken(previous, length)
		return max(end-size, 0), err
	default:
		return 0, nil
	}
}

const pageTokenPrefix = "page:"

func pageToken(index int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(pageTokenPrefix + strconv.Itoa(index)))
}

func parsePageToken(token string, length int) (int, error) {
	data, err := base64.RawURLEncoding.DecodeString(token)
	digits, ok := strings.CutPrefix(string(data), pageTokenPrefix)
	index, numErr := strconv.Atoi(digits)
	if err != nil || !ok || numErr != nil || index < 0 {
		return 0, invalidf("invalid page token %q", token)
	}
	// The list may have become shorter since the token was issued.
	return min(index, length), nil
}

// sortedPage returns the requested page of a list in the requested order.
func sortedPage[T any](c *call, list []T, fields sortFields[T]) ([]T, *cloud.HashicorpCloudCommonPaginationResponse, error) {
	sorted, err := sortBy(c, list, fields)
	if err != nil {
		return nil, nil, err
	}
	return page(c, sorted)
}

// sortFields maps the fields that a list can be sorted by to their comparison.
type sortFields[T any] map[string]func(a, b T) int

// sortBy returns the list in the requested order, such as
// sorting.order_by=name,created_at desc.
func sortBy[T any](c *call, list []T, fields sortFields[T]) ([]T, error) {
	var by []func(a, b T) int
	for term := range strings.SplitSeq(strings.Join(c.query["sorting.order_by"], ","), ",") {
		words := strings.Fields(term)
		if len(words) == 0 {
			continue
		}
		compare, ok := fields[words[0]]
		if !ok || len(words) > 2 || (len(words) == 2 && words[1] != "asc" && words[1] != "desc") {
			return nil, invalidf("sorting.order_by %q: want one of %s, optionally with asc or desc", term, strings.Join(sortedKeys(fields), ", "))
		}
		if len(words) == 2 && words[1] == "desc" {
			by = append(by, func(a, b T) int { return compare(b, a) })
		} else {
			by = append(by, compare)
		}
	}
	if len(by) == 0 {
		return list, nil
	}
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b T) int {
		for _, compare := range by {
			if d := compare(a, b); d != 0 {
				return d
			}
		}
		return 0
	})
	return sorted, nil
}

// nonNil returns a copy of the list without nil elements. Like mapSlice, it never
// returns nil, because HCP encodes an empty list as [] rather than null.
func nonNil[T any](list []*T) []*T {
	return slices.DeleteFunc(append([]*T{}, list...), func(e *T) bool { return e == nil })
}

func mapSlice[A, B any](list []A, convert func(A) B) []B {
	out := make([]B, len(list))
	for i, e := range list {
		out[i] = convert(e)
	}
	return out
}
