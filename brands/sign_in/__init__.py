"""What guards the way in: guesses are counted, sessions end, a second factor, a fresh proof."""
