"""What the tests of programs share."""
