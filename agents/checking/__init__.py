"""Reading the figures of an answer, and finding what each of them rests on."""
