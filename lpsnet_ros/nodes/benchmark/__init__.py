"""What the node adds to the engine: publisher process -> node -> subscriber process, over DDS."""
