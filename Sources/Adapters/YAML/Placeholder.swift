// The first lines of this target follow.
