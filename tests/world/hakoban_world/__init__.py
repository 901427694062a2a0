"""A true world for hakoban to run in: AWS's protocols, a real engine, independent witnesses."""
